/** The simulated processor's ways to pay: each decides what happens. No card number is ever asked for. */
export const METHODS = [
  { method: 'tok_visa', name: 'Test card', what: 'Pays at once.' },
  { method: 'tok_slow', name: 'Slow card', what: 'Pays, but takes its time.' },
  { method: 'tok_timeout', name: 'Card with a lost reply', what: 'Pays; the reply is lost, and the shop finds out.' },
  { method: 'tok_declined', name: 'Declined card', what: 'The bank says no.' },
  { method: 'tok_insufficient_funds', name: 'Empty card', what: 'There is not enough money on it.' },
] as const;

export type MethodToken = (typeof METHODS)[number]['method'];
export const USUAL: MethodToken = 'tok_visa';

/** What a customer is told of a method by which something was paid. */
export function methodName(method: string): string {
  return METHODS.find((one) => one.method === method)?.name ?? 'Card';
}

/** Why a card was declined, in words that help. */
export function whyDeclined(reason: string | undefined): string {
  if (reason === 'insufficient_funds') return 'There is not enough money on the card.';
  return 'The bank did not accept the card.';
}
