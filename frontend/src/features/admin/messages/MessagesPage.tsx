import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { EmptyState } from '@/components/ui/State';
import { parseId } from '@/lib/id';
import { AdminPage, Columns } from '../components/AdminPage';
import { Panel } from '../components/Panel';
import { userQuery } from '../lib/users';
import { MessageForm } from './MessageForm';
import { SentMessages } from './SentMessages';

export function MessagesPage() {
  const [params] = useSearchParams();
  const [user, setUser] = useState(params.get('user') ?? '');
  const id = parseId(user.trim());
  return (
    <AdminPage title="Messages" lead="Customers are notified about orders and refunds automatically. Use this form to write to them yourself.">
      <Columns>
        <Panel title="New message">
          <MessageForm user={user} onUser={setUser} order={params.get('order') ?? ''} />
        </Panel>
        {id === undefined ? (
          <Panel title="Message history">
            <EmptyState icon="bell" title="No customer selected">
              <p>The customer’s messages appear here.</p>
            </EmptyState>
          </Panel>
        ) : (
          <MessageHistory id={id} key={id} />
        )}
      </Columns>
    </AdminPage>
  );
}

function MessageHistory({ id }: { id: number }) {
  const { data } = useQuery(userQuery(id));
  return (
    <Panel title={data ? `Message history for ${data.name}` : 'Message history'} flush>
      <SentMessages userId={id} />
    </Panel>
  );
}
