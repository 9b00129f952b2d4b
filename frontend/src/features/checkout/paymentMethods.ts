/** The simulated processor's tokens, each with a different outcome. There are no card numbers. */
export const PAYMENT_METHODS = [
  { method: 'tok_visa', name: 'Test card', description: 'Succeeds immediately.' },
  { method: 'tok_slow', name: 'Slow card', description: 'Succeeds after a delay.' },
  { method: 'tok_timeout', name: 'Timeout card', description: 'Succeeds, but the response is lost. The shop recovers it.' },
  { method: 'tok_declined', name: 'Declined card', description: 'The bank declines it.' },
  { method: 'tok_insufficient_funds', name: 'Empty card', description: 'Has insufficient funds.' },
] as const;

export type PaymentMethod = (typeof PAYMENT_METHODS)[number]['method'];
export const DEFAULT_METHOD: PaymentMethod = 'tok_visa';
