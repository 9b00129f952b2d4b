import styles from './Choices.module.css';

/** A few choices beside each other, one of them taken: radio buttons that look like one bar. */
export function Choices<Words extends Readonly<Record<string, string>>>({ label, name, choices, chosen, onChoose }: {
  label: string;
  name: string;
  choices: Words;
  chosen: string;
  onChoose: (choice: keyof Words & string) => void;
}) {
  return (
    <fieldset className={styles.choices}>
      <legend className="visually-hidden">{label}</legend>
      {Object.entries(choices).map(([choice, words]) => (
        <label key={choice}>
          <input type="radio" name={name} value={choice} checked={choice === chosen} onChange={() => onChoose(choice)} className="visually-hidden" />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}
