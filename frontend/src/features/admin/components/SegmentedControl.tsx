import styles from './SegmentedControl.module.css';

/** Radio buttons that look like one bar. */
export function SegmentedControl<Options extends Readonly<Record<string, string>>>({ label, name, options, selected, onSelect }: {
  label: string;
  name: string;
  options: Options;
  selected: string;
  onSelect: (choice: keyof Options & string) => void;
}) {
  return (
    <fieldset className={styles.control}>
      <legend className="visually-hidden">{label}</legend>
      {Object.entries(options).map(([choice, label]) => (
        <label key={choice}>
          <input type="radio" name={name} value={choice} checked={choice === selected} onChange={() => onSelect(choice)} className="visually-hidden" />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
