-- What nanie-actors needs in a Supabase project: run it once in the SQL editor, and again after an upgrade.
-- It may be run any number of times: it creates what is missing, and changes no row that is there.
--
--   who            may
--   anon           nothing: a key without a user sees no row
--   authenticated  read and write the conversations they own or are a member of, as themselves
--   service_role   everything (it passes by row-level security): the worker's key, never a browser's

begin;

-- Rather fail than let the app wait behind us, while we wait for a long transaction.
set local lock_timeout = '10s';

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
create index if not exists nanie_conversations_owner on public.conversations (owner_id);

-- Who is asking ---------------------------------------------------------------------------------------------

create or replace function public.nanie_user() returns uuid
    language sql stable set search_path = ''
as $$
    select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid
$$;

-- The conversations that the asking user may see. Reads both tables as their owner, so that the policies of
-- each can use it without asking the other's in a circle; asked once a statement, not once a row.
create or replace function public.nanie_conversations() returns setof uuid
    language sql stable security definer set search_path = ''
as $$
    select c.id from public.conversations c where c.owner_id = (select public.nanie_user())
    union
    select m.conversation_id from public.members m where m.user_id = (select public.nanie_user())
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

-- The id of a deleted conversation stays taken: the worker may still know it, and who makes another one of
-- that id would be sent what was meant for the first.
create table if not exists public.nanie_deleted_conversations (id uuid primary key);

create or replace function public.nanie_was_deleted(conversation uuid) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (select from public.nanie_deleted_conversations d where d.id = conversation)
$$;

create or replace function public.nanie_remember_deleted() returns trigger
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.nanie_deleted_conversations (id) values (old.id) on conflict do nothing;
    return null;
end
$$;
drop trigger if exists nanie_remember_deleted on public.conversations;
create trigger nanie_remember_deleted after delete on public.conversations
    for each row execute function public.nanie_remember_deleted();

-- Rights and row-level security -----------------------------------------------------------------------------

alter table public.conversations enable row level security;
alter table public.members enable row level security;
alter table public.messages enable row level security;
alter table public.nanie_deleted_conversations enable row level security;

revoke all on public.conversations, public.members, public.messages, public.nanie_deleted_conversations
    from public, anon, authenticated;
revoke all on sequence public.nanie_messages_seq from public, anon, authenticated;
grant select, insert, delete on public.conversations, public.members, public.messages to authenticated;
grant update (title) on public.conversations to authenticated;
grant all on public.conversations, public.members, public.messages, public.nanie_deleted_conversations
    to service_role;

-- A UUID may be chosen by an app. A number may not: who takes the next ones lets everybody else's rows fail.
do $$
begin
    if 'uuid' <> (
        select format_type(a.atttypid, null) from pg_catalog.pg_attribute a
        where a.attrelid = 'public.messages'::regclass and a.attname = 'id'
    ) then
        revoke insert on public.messages from authenticated;
        execute (
            select 'grant insert (' || string_agg(quote_ident(a.attname), ', ')
                || ') on public.messages to authenticated'
            from pg_catalog.pg_attribute a
            where a.attrelid = 'public.messages'::regclass
                and a.attnum > 0 and not a.attisdropped and a.attname <> 'id'
        );
    end if;
end
$$;

-- Each rule becomes two policies: one that lets in (policies of a project's own may let in more), and a
-- restrictive one, which nothing that anybody else allows can widen.
do $$
declare
    rule record;
    same_conversation constant text := 'conversation_id in (select public.nanie_conversations())';
    mine constant text := 'owner_id = (select public.nanie_user())';
    -- A person writes as that person: not as the worker, and not as somebody else.
    my_words constant text := same_conversation
        || ' and is_bot is not true and nanie_key is null'
        || ' and sender_id::text = (select public.nanie_user())::text';
begin
    for rule in
        select * from (values
            ('conversations', 'select', 'using', mine || ' or id in (select public.nanie_conversations())'),
            ('conversations', 'insert', 'with check', mine || ' and not public.nanie_was_deleted(id)'),
            ('conversations', 'update', 'using', mine),
            ('conversations', 'delete', 'using', mine),
            ('members', 'select', 'using', same_conversation),
            ('members', 'insert', 'with check', 'public.nanie_owns(conversation_id)'),
            ('members', 'update', 'using', 'false'),
            ('members', 'delete', 'using',
                'user_id = (select public.nanie_user()) or public.nanie_owns(conversation_id)'),
            ('messages', 'select', 'using', same_conversation),
            ('messages', 'insert', 'with check', my_words),
            ('messages', 'update', 'using', my_words),
            ('messages', 'delete', 'using', my_words)
        ) as r (tab, verb, place, condition)
    loop
        execute format('drop policy if exists nanie_%s on public.%I', rule.verb, rule.tab);
        execute format('drop policy if exists nanie_only_%s on public.%I', rule.verb, rule.tab);
        execute format(
            'create policy nanie_%s on public.%I as permissive for %1$s to authenticated %3$s (%4$s)',
            rule.verb, rule.tab, rule.place, rule.condition
        );
        execute format(
            'create policy nanie_only_%s on public.%I as restrictive for %1$s to anon, authenticated %3$s (%4$s)',
            rule.verb, rule.tab, rule.place, rule.condition
        );
    end loop;
end
$$;

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
-- Rows copied here from another server carry transactions that are yet to come here. They are history, too.
update public.messages set nanie_xid = null
    where nanie_xid >= pg_snapshot_xmax(pg_current_snapshot()) and is_bot is not true;
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
                'content', to_jsonb(m.content) #>> '{}',
                'sender_id', m.sender_id::text,
                'is_bot', coalesce(m.is_bot, false),
                'created_at', m.created_at,
                'xid', m.nanie_xid::text,
                'seq', m.nanie_seq
            ) as row_json
        from public.messages m
        where m.nanie_xid is not null
            and m.is_bot is not true
            and m.nanie_xid < pg_snapshot_xmax(pg_current_snapshot())  -- see the copied rows above
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

create or replace function public.nanie_is_ephemeral(content text) returns boolean
    language plpgsql immutable set search_path = ''
as $$
begin
    return coalesce((content::jsonb ->> 'ephemeral')::boolean, false);
exception when others then
    return false;  -- text that is no JSON, or another kind of value
end
$$;

-- Removes the worker's replies and updates that are older than that, by this server's clock; so many at a time
-- that a statement's time limit is far. How many they were.
create or replace function public.nanie_sweep(agent text, older_than_s double precision) returns integer
    language plpgsql volatile set search_path = ''
as $$
declare
    swept integer;
begin
    delete from public.messages
    where id in (
        select m.id from public.messages m
        where m.nanie_key is not null
            and m.sender_id::text = agent
            and m.created_at < now() - make_interval(secs => older_than_s)
            and public.nanie_is_ephemeral(to_jsonb(m.content) #>> '{}')
        order by m.created_at
        limit 5000
    );
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
            select bool_and(c.relrowsecurity and 4 = (
                select count(*) from pg_catalog.pg_policy p
                where p.polrelid = c.oid and not p.polpermissive and p.polname like 'nanie\_only\_%'
            ))
            from pg_catalog.pg_class c
            where c.oid in (
                'public.messages'::regclass, 'public.conversations'::regclass, 'public.members'::regclass
            )
        ),
        'realtime', exists (
            select from pg_catalog.pg_publication_tables p
            where p.pubname = 'supabase_realtime' and p.schemaname = 'public' and p.tablename = 'messages'
        ),
        -- Ours hold whatever they allow; but one may keep out whom ours let in.
        'other_policies', (
            select coalesce(jsonb_agg(p.tablename || '.' || p.policyname order by 1), '[]'::jsonb)
            from pg_catalog.pg_policies p
            where p.schemaname = 'public'
                and p.tablename in ('messages', 'conversations', 'members')
                and p.policyname not like 'nanie\_%'
        ),
        'private_topics', exists (
            select from pg_catalog.pg_policies p
            where p.schemaname = 'realtime' and p.tablename = 'messages' and p.policyname = 'nanie_listen'
        ),
        -- Made before there were owners: only the worker sees them until somebody says whose they are.
        'conversations_without_owner', (
            select count(*) from public.conversations c
            where c.owner_id is null
                and not exists (select from public.members m where m.conversation_id = c.id)
        )
    )
$$;

-- Supabase lets browsers call every new function, unless they are kept from it.
revoke execute on function
    public.nanie_inbox(text, text, bigint, text, text, double precision, integer),
    public.nanie_sweep(text, double precision),
    public.nanie_is_ephemeral(text),
    public.nanie_check(),
    public.nanie_stamp(),
    public.nanie_remember_deleted()
from public, anon, authenticated;
grant execute on function
    public.nanie_inbox(text, text, bigint, text, text, double precision, integer),
    public.nanie_sweep(text, double precision),
    public.nanie_is_ephemeral(text),
    public.nanie_check()
to service_role;
revoke execute on function
    public.nanie_user(), public.nanie_conversations(), public.nanie_owns(uuid), public.nanie_was_deleted(uuid)
from public, anon;
grant execute on function
    public.nanie_user(), public.nanie_conversations(), public.nanie_owns(uuid), public.nanie_was_deleted(uuid)
to authenticated, service_role;

-- Realtime --------------------------------------------------------------------------------------------------

do $$
begin
    if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
        create publication supabase_realtime for table public.messages;
    elsif not exists (
        select from pg_catalog.pg_publication_tables
        where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = 'messages'
    ) then
        alter publication supabase_realtime add table public.messages;
    end if;
exception when insufficient_privilege then
    raise notice 'new rows are not told at once: this role may not change the publication supabase_realtime';
end
$$;

-- Private broadcasts: only who sees a conversation may join its topic, and only the worker may speak there.
create or replace function public.nanie_may_join(topic text) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select case
        when topic ~ '^nanie_sync_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        then substr(topic, 12)::uuid in (select public.nanie_conversations())
        else false
    end
$$;
revoke execute on function public.nanie_may_join(text) from public, anon;
grant execute on function public.nanie_may_join(text) to authenticated;

do $$
begin
    if to_regclass('realtime.messages') is not null and to_regprocedure('realtime.topic()') is not null then
        drop policy if exists nanie_listen on realtime.messages;
        create policy nanie_listen on realtime.messages for select to authenticated
            using (public.nanie_may_join(realtime.topic()));
        drop policy if exists nanie_only_listen on realtime.messages;
        create policy nanie_only_listen on realtime.messages as restrictive for select to authenticated
            using (realtime.topic() not like 'nanie\_sync\_%' or public.nanie_may_join(realtime.topic()));
        drop policy if exists nanie_never_listen on realtime.messages;
        create policy nanie_never_listen on realtime.messages as restrictive for select to anon
            using (realtime.topic() not like 'nanie\_sync\_%');
        drop policy if exists nanie_only_speak on realtime.messages;
        create policy nanie_only_speak on realtime.messages as restrictive for insert to anon, authenticated
            with check (realtime.topic() not like 'nanie\_sync\_%');
    end if;
exception when insufficient_privilege then
    raise notice 'private broadcasts are not set up: this role may not add a policy to realtime.messages';
end
$$;

commit;

notify pgrst, 'reload schema';
