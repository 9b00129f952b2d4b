/** `reason` is the processor's. */
export function declineMessage(reason: string | undefined): string {
  if (reason === 'insufficient_funds') return 'Your card has insufficient funds.';
  return 'Your bank declined the card.';
}
