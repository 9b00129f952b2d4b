import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { Columns, Desk } from '../components/Desk';
import { Panel } from '../components/Panel';
import { Empty } from '@/components/ui/State';
import { personQuery } from '../lib/people';
import { idOf } from '../lib/typed';
import { Told } from './Told';
import { WriteForm } from './WriteForm';

export function MessagesPage() {
  const [params] = useSearchParams();
  const [user, setUser] = useState(params.get('user') ?? '');
  const id = idOf(user.trim());
  return (
    <Desk title="Messages" lead="Customers are notified of orders and refunds automatically. Here you can write to them yourself.">
      <Columns>
        <Panel title="New message">
          <WriteForm user={user} onUser={setUser} order={params.get('order') ?? ''} />
        </Panel>
        {id === undefined ? (
          <Panel title="Message history">
            <Empty icon="bell" title="No customer selected">
              <p>The customer’s messages appear here.</p>
            </Empty>
          </Panel>
        ) : (
          <ToldTo id={id} key={id} />
        )}
      </Columns>
    </Desk>
  );
}

function ToldTo({ id }: { id: number }) {
  const { data } = useQuery(personQuery(id));
  return (
    <Panel title={data ? `Message history for ${data.name}` : 'Message history'} flush>
      <Told userId={id} />
    </Panel>
  );
}
