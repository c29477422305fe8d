"""Beginning a workflow: its definition, its function, its tests and its place in the program.

The templates are Python themselves, and are checked as all code here is: `project/` is a whole project with the one
workflow `my_workflow`; `jsonpath/` and `repository/` hold what is otherwise there with `--jsonpath`, and in a clone of
this program. To render one is to put another name in the place of its own.
"""
