/** The first grapheme of a name, including emoji and accents. */
export function initial(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toUpperCase() ?? '?';
}

/** `1 review`, `2 reviews`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `must have 8 to 128 characters` as a sentence. */
export function toSentence(message: string): string {
  const capital = capitalize(message);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
