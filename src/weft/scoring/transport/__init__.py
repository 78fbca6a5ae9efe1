"""How asked-for tasks reach a worker. The ledger stays the truth; a transport only carries.

One file per transport: `polling` claims from the ledger itself. A message broker's place is beside it.
"""
