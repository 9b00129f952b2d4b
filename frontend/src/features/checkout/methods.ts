/** The simulated processor's ways to pay: each decides what happens. No card number is ever asked for. */
export const METHODS = [
  { method: 'tok_visa', name: 'Test card', what: 'Succeeds immediately.' },
  { method: 'tok_slow', name: 'Slow card', what: 'Succeeds after a delay.' },
  { method: 'tok_timeout', name: 'Timeout card', what: 'Succeeds, but the response is lost. The shop recovers it.' },
  { method: 'tok_declined', name: 'Declined card', what: 'The bank declines it.' },
  { method: 'tok_insufficient_funds', name: 'Empty card', what: 'Has insufficient funds.' },
] as const;

export type MethodToken = (typeof METHODS)[number]['method'];
export const USUAL: MethodToken = 'tok_visa';
