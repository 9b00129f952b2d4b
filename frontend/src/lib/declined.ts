/** Why a card was declined, in words that help; the reason is the processor's. */
export function whyDeclined(reason: string | undefined): string {
  if (reason === 'insufficient_funds') return 'There is not enough money on the card.';
  return 'The bank did not accept the card.';
}
