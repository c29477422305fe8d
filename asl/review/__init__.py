"""What a change of a program does to its machines: described before and after, compared, and told in Markdown.

Whoever describes a machine loads `asl.review.description` alone: a program compares none.
"""
