"""Moving a project: out of Weft's stores or another Weave server into a folder, and from the folder into Weft.

`format.py` says what the folder is, `folder.py` reads and writes it, `local.py` and `service.py` are where projects
come from, `exporting.py` and `importing.py` do the work.
"""
