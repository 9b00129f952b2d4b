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
