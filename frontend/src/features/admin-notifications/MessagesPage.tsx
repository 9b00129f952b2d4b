import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { Columns, Desk } from '@/components/backoffice/Desk';
import { Panel } from '@/components/backoffice/Panel';
import { Empty } from '@/components/ui/State';
import { personQuery } from '@/lib/backoffice/people';
import { idOf } from '@/lib/backoffice/typed';
import { Told } from './Told';
import { WriteForm } from './WriteForm';

export function MessagesPage() {
  const [params] = useSearchParams();
  const [user, setUser] = useState(params.get('user') ?? '');
  const id = idOf(user.trim());
  return (
    <Desk title="Messages" lead="Orders and refunds tell their customers by themselves. Here you write by hand.">
      <Columns>
        <Panel title="Write to a customer">
          <WriteForm user={user} onUser={setUser} order={params.get('order') ?? ''} />
        </Panel>
        {id === undefined ? (
          <Panel title="What they were told">
            <Empty icon="bell" title="To whom?">
              <p>Their messages so far are listed here.</p>
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
    <Panel title={data ? `What ${data.name} was told` : 'What they were told'} flush>
      <Told userId={id} />
    </Panel>
  );
}
