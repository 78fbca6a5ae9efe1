"""How asked-for tasks reach a worker. The ledger stays the truth; a transport only carries.

`polling` claims from the ledger itself. `kafka` claims what messages name: `relay` publishes what is due (`messages`,
`publisher`), `intake` reads and commits (`offsets`), `score_requests` says what a message asks for, `dead_letters`
keeps those that ask for nothing.
"""
