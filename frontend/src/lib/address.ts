import type { Address, AddressData } from './api/types';
import { parseFields, requireText } from './validate';

/** The fields of an address as the API names them, in the order of a form. */
export const ADDRESS_FIELDS = ['name', 'line1', 'line2', 'postalCode', 'city', 'region', 'country', 'phone'] as const;
export type AddressField = (typeof ADDRESS_FIELDS)[number];

/** The 249 codes of ISO 3166-1, as the API accepts them. */
const COUNTRIES =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ ' +
  'CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO ' +
  'FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE ' +
  'JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO ' +
  'MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW ' +
  'PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM ' +
  'TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW';

const names = new Intl.DisplayNames('en', { type: 'region' });

/** `DE` as `Germany`. */
export function countryName(code: string): string {
  return names.of(code) ?? code;
}

export type Country = { code: string; name: string };

let countries: readonly Country[] | undefined;

/** All countries, by name. */
export function allCountries(): readonly Country[] {
  return (countries ??= COUNTRIES.split(' ')
    .map((code) => ({ code, name: countryName(code) }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en')));
}

/** The country of a browser's language, such as `de-AT`; undefined if it names none. */
export function countryOfLanguage(language: string): string | undefined {
  const region = /^[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})\b/i.exec(language)?.[1]?.toUpperCase();
  return COUNTRIES.split(' ').find((code) => code === region);
}

/**
 * The address in a form: `field` reads one of its fields. Throws a `Problem` with all required fields that are
 * empty, whose names begin with `prefix`. The API checks the rest.
 */
export function parseAddress(field: (name: string) => string, prefix = ''): Address {
  const required = (name: AddressField) => () => requireText(field(prefix + name), prefix + name);
  const optional = (name: AddressField) => {
    const value = field(prefix + name).trim();
    return value === '' ? {} : { [name]: value };
  };
  const needed = parseFields({
    name: required('name'),
    line1: required('line1'),
    postalCode: required('postalCode'),
    city: required('city'),
    country: required('country'),
  });
  return { ...needed, ...optional('line2'), ...optional('region'), ...optional('phone') };
}

/** The fields of an address, without what else an object of the API has. */
export function toAddressData({ name, line1, line2, city, region, postalCode, country, phone }: Address): AddressData {
  const optional = { line2, region, phone };
  const present = Object.fromEntries(Object.entries(optional).filter(([, value]) => value != null && value !== ''));
  return { name, line1, city, postalCode, country, ...present };
}

/** The lines below the name, as on a parcel. */
export function addressLines({ line1, line2, city, region, postalCode, country }: Address): string[] {
  return [line1, line2 ?? '', `${postalCode} ${city}`, region ?? '', countryName(country)].filter((line) => line !== '');
}

/** Whether the API accepts this as a country's code. */
export function isCountry(code: string): boolean {
  return allCountries().some((country) => country.code === code);
}
