import styles from './SegmentedControl.module.css';

/** Radio buttons that look like one bar. */
export function SegmentedControl<Words extends Readonly<Record<string, string>>>({ label, name, options, selected, onSelect }: {
  label: string;
  name: string;
  options: Words;
  selected: string;
  onSelect: (choice: keyof Words & string) => void;
}) {
  return (
    <fieldset className={styles.choices}>
      <legend className="visually-hidden">{label}</legend>
      {Object.entries(options).map(([choice, words]) => (
        <label key={choice}>
          <input type="radio" name={name} value={choice} checked={choice === selected} onChange={() => onSelect(choice)} className="visually-hidden" />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}
