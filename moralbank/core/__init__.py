"""What every room stands on: transaction, clock, actor and policy, audit, problems, manner."""
