"""The process beside the server in which users' code runs, with another Python and nothing of Weft but this folder.

`keeper.py` holds the official SDK ready and obeys the worker; it forks what `confinement.py` locks in, and only there
`running.py` loads and runs the code of one scorer version. Only the standard library is used here.
"""
