import { queryOptions } from '@tanstack/react-query';
import { ADDRESS_FIELDS, parseAddress, toAddressData } from '@/lib/address';
import { api, unwrap } from '@/lib/api/client';
import type { AddressData, SavedAddress } from '@/lib/api/types';
import { formText } from '@/lib/useForm';

/** As many as the API saves for an account. */
export const MAX_ADDRESSES = 20;

export const ADDRESS_FORM_FIELDS = [...ADDRESS_FIELDS, 'isDefault'] as const;

export function addressesQuery(userId: number) {
  return queryOptions({
    queryKey: ['mine', userId, 'addresses'],
    queryFn: ({ signal }) => unwrap(api.GET('/api/users/me/addresses', { signal })),
  });
}

/** The request body. A default stays one: its form has no checkbox. */
export function parseAddressForm(data: FormData): AddressData {
  const isDefault = data.get('isDefault') !== null;
  return { ...parseAddress((name) => formText(data, name)), ...(isDefault && { isDefault }) };
}

export function saveAddress(body: AddressData, id?: number): Promise<SavedAddress> {
  return id === undefined
    ? unwrap(api.POST('/api/users/me/addresses', { body }))
    : unwrap(api.PUT('/api/users/me/addresses/{id}', { params: { path: { id } }, body }));
}

export function makeDefault(address: SavedAddress): Promise<SavedAddress> {
  return saveAddress({ ...toAddressData(address), isDefault: true }, address.id);
}
