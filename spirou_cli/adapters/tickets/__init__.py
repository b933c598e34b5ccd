"""What all ticket systems have in common: statuses of their own, comments to sign, tickets to follow."""
