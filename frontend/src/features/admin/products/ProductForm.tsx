import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { TextArea, TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { api, unwrap } from '@/lib/api/client';
import type { Product, ProductData } from '@/lib/api/types';
import { useShopCurrency } from '@/lib/shop';
import { SubmitCancelled, useForm } from '@/lib/useForm';
import { Panel } from '../components/Panel';
import { useConfirm } from '../components/useConfirm';
import { categoryHint } from './category';
import { FIELDS, parseProduct } from './fields';
import { ImagePreview } from './ImagePreview';
import styles from './Products.module.css';
import { productWarnings } from './warnings';

const CATEGORIES = {
  queryKey: ['products', 'categories'],
  queryFn: ({ signal }: { signal: AbortSignal }) => unwrap(api.GET('/api/products/categories', { signal })),
};

/** The stock is set here only for a new product; later it has its own page. */
export function ProductForm({ product, send, onSuccess, submitLabel, otherActions }: {
  product?: Product;
  send: (data: ProductData) => Promise<Product>;
  onSuccess: (saved: Product) => void;
  /** The text of the submit button. */
  submitLabel: string;
  otherActions?: ReactNode;
}) {
  const listId = useId();
  const currency = useShopCurrency();
  const categories = useQuery(CATEGORIES).data?.map(({ category }) => category) ?? [];
  const [name, setName] = useState(product?.name ?? '');
  const [image, setImage] = useState(product?.image ?? '');
  const [category, setCategory] = useState(product?.category ?? '');
  const { confirm, dialog } = useConfirm();
  const { form, submit, submitting, fieldError, formError, isDirty } = useForm(
    FIELDS,
    async (data) => {
      const body = parseProduct(data, categories);
      const warnings = productWarnings(body, product?.price, currency);
      const confirmation = { title: 'Is this correct?', text: warnings.join(' '), confirmLabel: 'Save anyway', cancelLabel: 'Go back' };
      if (warnings.length > 0 && !(await confirm(confirmation))) throw new SubmitCancelled();
      return send(body);
    },
    onSuccess,
  );
  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.editor}>
      {dialog}
      <LeaveGuard isDirty={isDirty} />
      <Panel title="Details">
        <FormAlert error={formError} />
        <TextField label="Name" name="name" autoComplete="off" required value={name} onChange={(event) => setName(event.target.value)} error={fieldError('name')} />
        <div className={styles.pair}>
          <TextField
            label={`Price in ${currency}`}
            name="price"
            inputMode="decimal"
            autoComplete="off"
            required
            defaultValue={product?.price.toFixed(2)}
            error={fieldError('price')}
          />
          <TextField
            label="Category"
            name="category"
            autoComplete="off"
            list={listId}
            value={category}
            onChange={(event) => setCategory(event.target.value)}
            hint={categoryHint(category, categories)}
            error={fieldError('category')}
          />
          <datalist id={listId}>
            {categories.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </div>
        <TextArea label="Description" name="description" rows={6} defaultValue={product?.description ?? ''} error={fieldError('description')} />
        {!product && (
          <TextField
            label="Initial stock"
            name="stock"
            inputMode="numeric"
            autoComplete="off"
            hint="Leave empty to start with 0."
            error={fieldError('stock')}
          />
        )}
        <div className={styles.formActions}>
          {otherActions}
          <Button type="submit" variant="primary" loading={submitting}>
            {submitLabel}
          </Button>
        </div>
      </Panel>
      <Panel title="Image">
        <ImagePreview image={image} name={name} />
        <TextField
          label="Image URL"
          name="image"
          inputMode="url"
          autoComplete="off"
          value={image}
          onChange={(event) => setImage(event.target.value)}
          hint="An https URL or a path in this shop, such as /images/cup.svg. Browsers load it directly."
          error={fieldError('image')}
        />
      </Panel>
    </form>
  );
}
