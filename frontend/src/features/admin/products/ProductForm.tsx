import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { Panel } from '../components/Panel';
import { useAsk } from '../components/useAsk';
import { Button } from '@/components/ui/Button';
import { TextArea, TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { api, unwrap } from '@/lib/api/client';
import type { Product, ProductData } from '@/lib/api/types';
import { SubmitCancelled, useForm } from '@/lib/useForm';
import { categoryHint } from './category';
import { doubts } from './doubts';
import { FIELDS, productOf } from './fields';
import { Preview } from './Preview';
import styles from './Products.module.css';

const CATEGORIES = {
  queryKey: ['products', 'categories'],
  queryFn: ({ signal }: { signal: AbortSignal }) => unwrap(api.GET('/api/products/categories', { signal })),
};

/** A product's own data. Stock is set here once, when it is new; afterwards it has a page of its own. */
export function ProductForm({ product, send, then, action, others }: {
  product?: Product;
  send: (data: ProductData) => Promise<Product>;
  then: (saved: Product) => void;
  /** What the button that saves says. */
  action: string;
  others?: ReactNode;
}) {
  const shelves = useId();
  const categories = useQuery(CATEGORIES).data?.map(({ category }) => category) ?? [];
  const [name, setName] = useState(product?.name ?? '');
  const [image, setImage] = useState(product?.image ?? '');
  const [category, setCategory] = useState(product?.category ?? '');
  const { ask, dialog } = useAsk();
  const { form, submit, submitting: busy, fieldError, formError, isDirty } = useForm(
    FIELDS,
    async (data) => {
      const wish = productOf(data, categories);
      const asked = doubts(wish, product?.price);
      const question = { title: 'Is this correct?', text: asked.join(' '), action: 'Save anyway', refuse: 'Go back' };
      if (asked.length > 0 && !(await ask(question))) throw new SubmitCancelled();
      return send(wish);
    },
    then,
  );
  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.editor}>
      {dialog}
      <LeaveGuard isEdited={isDirty} />
      <Panel title="Details">
        <FormAlert refused={formError} />
        <TextField label="Name" name="name" autoComplete="off" required value={name} onChange={(event) => setName(event.target.value)} error={fieldError('name')} />
        <div className={styles.pair}>
          <TextField
            label="Price in euros"
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
            list={shelves}
            value={category}
            onChange={(event) => setCategory(event.target.value)}
            hint={categoryHint(category, categories)}
            error={fieldError('category')}
          />
          <datalist id={shelves}>
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
            hint="Leave empty if there are none yet."
            error={fieldError('stock')}
          />
        )}
        <div className={styles.formActions}>
          {others}
          <Button type="submit" look="primary" busy={busy}>
            {action}
          </Button>
        </div>
      </Panel>
      <Panel title="Image">
        <Preview image={image} name={name} />
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
