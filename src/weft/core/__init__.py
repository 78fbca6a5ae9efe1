"""Pure ideas every layer shares: errors, ids, digests, refs, time. Imports nothing of ours."""
