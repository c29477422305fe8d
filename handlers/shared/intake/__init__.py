"""Files that become orders: `lines` cuts them up, `csv_lines` and `json_lines` read a record each, `reading` reads the
whole; `starting` starts an order once, `claims` keeps which file was taken in, and `reporting` adds up what came of it.
"""
