// The actors below the heads as a tree: groups, and under each the conversations that are linked to it. Pure.

/** Rows `{actor, depth, label}` in the order to show them; `names` are those of groups, `wanted` a part of a name. */
export function treeOf(actors, names, wanted) {
  const groups = actors.filter(({ kind }) => kind === "group");
  const others = actors.filter(({ kind }) => kind !== "group");
  const byGroup = Map.groupBy ? Map.groupBy(others, ({ own }) => own.group ?? "") : grouped(others);
  const rows = [];
  for (const group of groups.sort(bySize)) {
    rows.push({ actor: group, depth: 0, label: names.get(group.key) || group.key });
    for (const one of byGroup.get(group.key) ?? []) rows.push({ actor: one, depth: 1, label: one.key });
    byGroup.delete(group.key);
  }
  for (const left of byGroup.values()) for (const one of left) rows.push({ actor: one, depth: 0, label: one.key });
  const text = wanted.trim().toLocaleLowerCase();
  return text ? rows.filter(({ label, actor }) => `${label} ${actor.name}`.toLocaleLowerCase().includes(text)) : rows;
}

/** Who is in trouble or busy comes first; else by name, so that rows stay where they are. */
function bySize(one, other) {
  return rank(one) - rank(other) || (one.name < other.name ? -1 : 1);
}

function rank({ stuck, state, depth }) {
  return stuck ? 0 : state === "failed" ? 1 : depth > 100 ? 2 : 3;
}

function grouped(actors) {
  const found = new Map();
  for (const actor of actors) {
    const key = actor.own.group ?? "";
    found.set(key, [...(found.get(key) ?? []), actor]);
  }
  return found;
}
