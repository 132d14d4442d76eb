-- What nanie-actors needs in a Supabase project: run it once in the SQL editor, and again after an upgrade.
-- It may be run any number of times: it creates what is missing, and changes no row that is there.
--
--   who            may
--   anon           nothing: a key without a user sees no row
--   authenticated  read and write the conversations they own or are a member of, as themselves
--   service_role   everything (it passes by row-level security): the worker's key, never a browser's

begin;

-- Tables ----------------------------------------------------------------------------------------------------

create table if not exists public.conversations (
    id uuid primary key default gen_random_uuid(),
    room_id text,
    title text,
    owner_id uuid,
    created_at timestamptz not null default now()
);
alter table public.conversations add column if not exists title text;
alter table public.conversations add column if not exists owner_id uuid;

create table if not exists public.members (
    conversation_id uuid not null references public.conversations (id) on delete cascade,
    user_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (conversation_id, user_id)
);

create table if not exists public.messages (
    id uuid primary key default gen_random_uuid(),
    room_id text,
    conversation_id uuid not null references public.conversations (id) on delete cascade,
    content text,
    sender_id text,
    is_bot boolean not null default false,
    created_at timestamptz not null default now()
);

-- The worker's columns. Rows that were there before have no transaction: they are history.
alter table public.messages add column if not exists nanie_xid xid8;
alter table public.messages add column if not exists nanie_key text;
alter table public.messages add column if not exists nanie_seq bigint;
create sequence if not exists public.nanie_messages_seq;

-- The worker's own rows have a key: writing one again after a lost answer changes nothing, whatever `id` is.
create unique index if not exists nanie_messages_key on public.messages (nanie_key);
-- The cursor reads what people wrote, in the order of the transactions that wrote it.
create index if not exists nanie_messages_inbox on public.messages (nanie_xid, nanie_seq)
    where nanie_xid is not null and is_bot is not true;
create index if not exists nanie_messages_ours on public.messages (created_at) where nanie_key is not null;
create index if not exists nanie_messages_conversation on public.messages (conversation_id);
create index if not exists nanie_members_user on public.members (user_id);

-- Who is asking ---------------------------------------------------------------------------------------------

create or replace function public.nanie_user() returns uuid
    language sql stable set search_path = ''
as $$
    select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid
$$;

-- Reads conversations and members as their owner, so that the policies of both can use it without asking
-- each other in a circle.
create or replace function public.nanie_may_see(conversation uuid) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select public.nanie_user() is not null and (
        exists (
            select from public.conversations c
            where c.id = conversation and c.owner_id = public.nanie_user()
        )
        or exists (
            select from public.members m
            where m.conversation_id = conversation and m.user_id = public.nanie_user()
        )
    )
$$;

create or replace function public.nanie_owns(conversation uuid) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (
        select from public.conversations c
        where c.id = conversation and c.owner_id = public.nanie_user()
    )
$$;

alter table public.conversations alter column owner_id set default public.nanie_user();

-- Row-level security ----------------------------------------------------------------------------------------

alter table public.conversations enable row level security;
alter table public.members enable row level security;
alter table public.messages enable row level security;

revoke all on public.conversations, public.members, public.messages from anon, authenticated;
grant select, insert, delete on public.conversations, public.members, public.messages to authenticated;
grant update (title) on public.conversations to authenticated;
grant all on public.conversations, public.members, public.messages to service_role;
grant usage on sequence public.nanie_messages_seq to authenticated, service_role;

drop policy if exists nanie_select on public.conversations;
create policy nanie_select on public.conversations for select to authenticated
    using (owner_id = public.nanie_user() or public.nanie_may_see(id));
drop policy if exists nanie_insert on public.conversations;
create policy nanie_insert on public.conversations for insert to authenticated
    with check (owner_id = public.nanie_user());
drop policy if exists nanie_update on public.conversations;
create policy nanie_update on public.conversations for update to authenticated
    using (owner_id = public.nanie_user()) with check (owner_id = public.nanie_user());
drop policy if exists nanie_delete on public.conversations;
create policy nanie_delete on public.conversations for delete to authenticated
    using (owner_id = public.nanie_user());

drop policy if exists nanie_select on public.members;
create policy nanie_select on public.members for select to authenticated
    using (public.nanie_may_see(conversation_id));
drop policy if exists nanie_insert on public.members;
create policy nanie_insert on public.members for insert to authenticated
    with check (public.nanie_owns(conversation_id));
drop policy if exists nanie_delete on public.members;
create policy nanie_delete on public.members for delete to authenticated
    using (user_id = public.nanie_user() or public.nanie_owns(conversation_id));

drop policy if exists nanie_select on public.messages;
create policy nanie_select on public.messages for select to authenticated
    using (public.nanie_may_see(conversation_id));
-- A person writes as that person: not as the worker, and not as somebody else.
drop policy if exists nanie_insert on public.messages;
create policy nanie_insert on public.messages for insert to authenticated
    with check (
        public.nanie_may_see(conversation_id)
        and is_bot is not true
        and nanie_key is null
        and sender_id::text = public.nanie_user()::text
    );
drop policy if exists nanie_delete on public.messages;
create policy nanie_delete on public.messages for delete to authenticated
    using (public.nanie_may_see(conversation_id) and sender_id::text = public.nanie_user()::text);

-- The cursor ------------------------------------------------------------------------------------------------

-- Which transaction wrote a row, and which row of it: nobody but this trigger says so.
create or replace function public.nanie_stamp() returns trigger
    language plpgsql security definer set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        new.nanie_xid := pg_current_xact_id();
        new.nanie_seq := nextval('public.nanie_messages_seq');
    else
        new.nanie_xid := old.nanie_xid;
        new.nanie_seq := old.nanie_seq;
    end if;
    return new;
end
$$;
drop trigger if exists nanie_stamp on public.messages;
create trigger nanie_stamp before insert or update on public.messages
    for each row execute function public.nanie_stamp();

-- What people wrote since a horizon, a page at a time. Every transaction below the returned horizon has ended,
-- so its rows are visible in this very answer: whoever goes on from there misses no late commit, whatever any
-- clock says. Rows above it may come again; they have ids. STABLE: horizon and rows are of one snapshot.
create or replace function public.nanie_inbox(
    since text, after_xid text, after_seq bigint, room text, agent text,
    look_back_s double precision, page integer
) returns jsonb
    language plpgsql stable set search_path = ''
as $$
declare
    rows jsonb;
begin
    select coalesce(jsonb_agg(r.row_json order by r.nanie_xid, r.nanie_seq), '[]'::jsonb)
    into rows
    from (
        select
            m.nanie_xid,
            m.nanie_seq,
            jsonb_build_object(
                'id', m.id::text,
                'room_id', m.room_id,
                'conversation_id', m.conversation_id::text,
                'content', to_jsonb(m) ->> 'content',
                'sender_id', m.sender_id::text,
                'is_bot', coalesce(m.is_bot, false),
                'created_at', m.created_at,
                'xid', m.nanie_xid::text,
                'seq', m.nanie_seq
            ) as row_json
        from public.messages m
        where m.nanie_xid is not null
            and m.is_bot is not true
            and m.nanie_xid >= coalesce(nullif(since, ''), '0')::xid8
            and (m.nanie_xid, m.nanie_seq) > (coalesce(nullif(after_xid, ''), '0')::xid8, after_seq)
            and (since <> '' or m.created_at > now() - make_interval(secs => look_back_s))
            and (room = '' or m.room_id = room)
            and m.sender_id::text is distinct from agent
        order by m.nanie_xid, m.nanie_seq
        limit page
    ) r;
    return jsonb_build_object(
        'horizon', pg_snapshot_xmin(pg_current_snapshot())::text,
        'rows', rows
    );
end
$$;

-- Removes the worker's replies and updates that are older than that, by this server's clock.
create or replace function public.nanie_sweep(agent text, older_than_s double precision) returns integer
    language plpgsql volatile set search_path = ''
as $$
declare
    swept integer;
begin
    delete from public.messages m
    where m.nanie_key is not null
        and m.sender_id::text = agent
        and m.created_at < now() - make_interval(secs => older_than_s);
    get diagnostics swept = row_count;
    return swept;
end
$$;

-- What `nanie doctor` asks.
create or replace function public.nanie_check() returns jsonb
    language sql stable set search_path = ''
as $$
    select jsonb_build_object(
        'version', 1,
        'id_type', (
            select format_type(a.atttypid, null) from pg_catalog.pg_attribute a
            where a.attrelid = 'public.messages'::regclass and a.attname = 'id'
        ),
        'row_level_security', (
            select bool_and(c.relrowsecurity) from pg_catalog.pg_class c
            where c.oid in (
                'public.messages'::regclass, 'public.conversations'::regclass, 'public.members'::regclass
            )
        ),
        'realtime', exists (
            select from pg_catalog.pg_publication_tables p
            where p.pubname = 'supabase_realtime' and p.schemaname = 'public' and p.tablename = 'messages'
        ),
        -- Policies add up: one of somebody else's may let in whom ours keep out.
        'other_policies', (
            select coalesce(jsonb_agg(p.tablename || '.' || p.policyname order by 1), '[]'::jsonb)
            from pg_catalog.pg_policies p
            where p.schemaname = 'public'
                and p.tablename in ('messages', 'conversations', 'members')
                and p.policyname not like 'nanie\_%'
        )
    )
$$;

revoke execute on function
    public.nanie_inbox(text, text, bigint, text, text, double precision, integer),
    public.nanie_sweep(text, double precision),
    public.nanie_check(),
    public.nanie_stamp()
from public, anon, authenticated;
grant execute on function
    public.nanie_inbox(text, text, bigint, text, text, double precision, integer),
    public.nanie_sweep(text, double precision),
    public.nanie_check()
to service_role;
revoke execute on function public.nanie_user(), public.nanie_may_see(uuid), public.nanie_owns(uuid)
from public, anon;
grant execute on function public.nanie_user(), public.nanie_may_see(uuid), public.nanie_owns(uuid)
to authenticated, service_role;

-- Realtime --------------------------------------------------------------------------------------------------

do $$
begin
    if exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime' and not puballtables)
        and not exists (
            select from pg_catalog.pg_publication_tables
            where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = 'messages'
        )
    then
        alter publication supabase_realtime add table public.messages;
    end if;
end
$$;

-- Private broadcasts: only who sees a conversation may listen to its topic.
create or replace function public.nanie_may_join(topic text) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (
        select from public.conversations c
        where 'nanie_sync_' || c.id::text = topic and public.nanie_may_see(c.id)
    )
$$;
revoke execute on function public.nanie_may_join(text) from public, anon;
grant execute on function public.nanie_may_join(text) to authenticated;

do $$
begin
    if to_regclass('realtime.messages') is not null and to_regprocedure('realtime.topic()') is not null then
        drop policy if exists nanie_listen on realtime.messages;
        create policy nanie_listen on realtime.messages for select to authenticated
            using (public.nanie_may_join(realtime.topic()));
    end if;
exception when insufficient_privilege then
    raise notice 'private broadcasts are not set up: this role may not add a policy to realtime.messages';
end
$$;

commit;

notify pgrst, 'reload schema';
