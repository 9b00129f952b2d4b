import type { ComponentProps } from 'react';
import { SelectField } from '@/components/ui/Field';
import { allCountries } from '@/lib/address';

/** A select of all countries by name. `empty` is the text of a choice without a country. */
export function CountrySelect({ empty, ...rest }: Omit<ComponentProps<typeof SelectField>, 'children'> & { empty?: string }) {
  return (
    <SelectField {...rest}>
      {empty !== undefined && <option value="">{empty}</option>}
      {allCountries().map(({ code, name }) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
