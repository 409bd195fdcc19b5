"""Faults that are put into the field client on purpose: each must be found by L3, or L3 proves little.

They change a line of the client's source while the simulation's phones are bundled (scripts/build-histories.mjs); the
product has no switch. Each line must stand there exactly once, so a fault cannot silently stop being one.
"""

from dataclasses import dataclass

OPS, LOG = "src/store/ops.ts", "src/store/log.ts"
STEP, DRIVER, DROP = "src/sync/step.ts", "src/sync/driver.ts", "src/sync/drop.ts"
FOLD, SCREEN, WRITER, PROJECTION = (
    "src/domain/operations.ts",
    "src/state/visit.svelte.ts",
    "src/state/writer.ts",
    "src/state/projection.ts",
)


@dataclass(frozen=True)
class Change:
    """One line of the client as it must not be."""

    file: str
    find: str
    replace: str


_SEND = "  const reply = await ports.api.push(visit, {"
_FORGET = "  await ports.database.ops.where('op').anyOf(ops.map((each) => each.op))"

BUGS: dict[str, Change] = {
    # --- of the table in the design
    "takes an operation for sent when it sends it": Change(DRIVER, _SEND, f"{_FORGET}.modify({{ seen: 1 }});\n{_SEND}"),
    "forgets an operation when it is acknowledged": Change(
        DRIVER, "  const unusual = new Set(", f"{_FORGET}.delete();\n  const unusual = new Set("
    ),
    "rewrites an operation that was sent": Change(
        OPS,
        "      const writes: PromiseLike<unknown>[] = [",
        "      const said = (row: OpRow) => (JSON.parse(row.body) as { path: string }).path;\n"
        "      const waiting = await ops.where('[visit+seen]').equals([visit, 0]).toArray();\n"
        "      const old = waiting.find((row) => fresh[0] && said(row) === said(fresh[0]));\n"
        "      if (old) {\n"
        "        await ops.put({ ...old, body: fresh[0]!.body.replace(fresh[0]!.op, old.op) });\n"
        "        return rows;\n"
        "      }\n"
        "      const writes: PromiseLike<unknown>[] = [",
    ),
    "moves its cursor and loses a row behind it": Change(
        LOG,
        "bulkPut(entries.map((entry) => ({ ...entry, visit })));\n      await database.meta.put",
        "bulkPut(entries.slice(entries.length > 1 ? 1 : 0).map((entry) => ({ ...entry, visit })));"
        "\n      await database.meta.put",
    ),
    "the last writer wins, by the clock": Change(
        FOLD,
        "    const standing = (this.#cells.get(",
        "    const before = this.#cells.get(entry.path)?.[0];\n"
        "    if (before && before.wall > entry.wall) return;\n"
        "    for (const head of this.#cells.get(entry.path) ?? []) replaced.add(head.op);\n"
        "    const standing = (this.#cells.get(",
    ),
    "names the answers of the moment of saving as replaced": Change(
        SCREEN,
        "=> plainEdit(path, value, seen))",
        "=> plainEdit(path, value, this.heads(path).map((head) => head.op)))",
    ),
    "does not repair a gap": Change(STEP, "  else if (gap)\n", "  else if (gap && gap.expect === null)\n"),
    "a former member's own view proves nothing": Change(
        LOG,
        "visit })));\n      await markSeen(database, entries);",
        "visit })));",
    ),
    "does not notice that the server was restored": Change(
        STEP,
        "    return spend(state, drop);",
        "    return settled({ ...state, more: false });",
    ),
    "a second restore takes the evidence of the first": Change(
        LOG,
        "      await evidence.where('visit').equals(visit).modify({ former: 1 });",
        "      await evidence.where('visit').equals(visit).delete();",
    ),
    "offers nothing back of other people's entries": Change(
        LOG, "      if (rows.length === 0) return [];", "      if (rows.length >= 0) return [];"
    ),
    # --- our own
    "sends new work before what was forgotten": Change(STEP, "(!first || evidence.length > 0)", "!first"),
    "hands in only what its person wrote": Change(DROP, "    await handInEvidence(ports, visit);\n", ""),
    "says saved before the transaction is complete": Change(
        WRITER,
        "      const rows = await mint(partition.database, { ops, ...stored }, partition.freshWriter);",
        "      const rows = [] as OpRow[];\n"
        "      void mint(partition.database, { ops, ...stored }, partition.freshWriter).catch(() => {});",
    ),
    "says saved although the disk is full": Change(
        WRITER,
        "      const rows = await mint(partition.database, { ops, ...stored }, partition.freshWriter);",
        "      const none = (error: unknown): OpRow[] => {\n"
        "        if (isQuotaError(error)) return [];\n"
        "        throw error;\n"
        "      };\n"
        "      const rows = await mint(partition.database, { ops, ...stored }, partition.freshWriter).catch(none);",
    ),
    "two tabs append without looking where the cursor stands": Change(
        LOG,
        "      if (cursor.n !== from.n || cursor.h !== from.h) return { stored: false, reused: [] };",
        "",
    ),
    "re-wraps with a writer of its old count": Change(
        OPS, "writer: freshWriter, ws: index + 1 }", "writer: freshWriter, ws: row.ws }"
    ),
    "re-wrapping loses the last operation": Change(
        OPS,
        "      waiting.sort((a, b) => a.seq - b.seq);",
        "      waiting.sort((a, b) => a.seq - b.seq);\n"
        "      if (waiting.length > 1) await database.ops.delete(waiting.pop()!.op);",
    ),
    "dropping the log drops the operations in it": Change(
        LOG, "equals([visit, 1]).modify({ seen: 0 });", "equals([visit, 1]).delete();"
    ),
    "mints waiting work anew when the network fails": Change(
        DRIVER,
        "    return { type: 'failed', failure: failureOf(error) };",
        "    if (effect.type === 'push')\n"
        "      for (const each of effect.ops) await mintAnew(ports, each.op).catch(() => {});\n"
        "    return { type: 'failed', failure: failureOf(error) };",
    ),
    "takes a photo for sent when its upload begins": Change(
        "src/sync/uploads.ts",
        "      await sending.remember({ url });",
        "      await sending.remember({ url, present: 1, safe: 1 });",  # not asked about again: receipts would heal it
    ),
    "a held answer stays on the screen": Change(
        PROJECTION,
        "        rebuild ||= entry.status !== 'acc' || ",
        "        rebuild ||= entry.status === 'acc' && ",
    ),
    "the screen does not start again after a dropped log": Change(
        SCREEN, "projection.cursor > 0 && rows[0]?.h !== this.#head", "rows[0]?.h === 'never'"
    ),
    "a correction replaces every head, seen or not": Change(
        FOLD,
        "    for (const parent of entry.parents) replaced.add(parent);",
        "    for (const head of this.#cells.get(entry.path) ?? []) replaced.add(head.op);\n"
        "    for (const parent of entry.parents) replaced.add(parent);",
    ),
    "a photo counts as sent when it lies on the lead's phone": Change(
        "src/state/surroundings.ts", " || own.get(sha256) === true) continue;", " || own.has(sha256)) continue;"
    ),
    "does not ask why held changes are left when it closes": Change(
        "src/state/closing.ts", "  if (around.held > 0) blockers.push(", "  if (around.held < 0) blockers.push("
    ),
    "lets go of what waits for the start of a surprise": Change(
        "src/sync/loop.ts",
        "    return [...agenda].filter((id) => this.#isTold(id));",
        "    const sealed = [...this.#sealed];\n"
        "    await this.#ports.database.ops.where('visit').anyOf(sealed).delete();\n"
        "    return [...agenda].filter((id) => this.#isTold(id));",
    ),
    "stops sending when the server says that one is known": Change(
        STEP,
        "  const later = except.some((result) => result.r === 'later');",
        "  const later = except.some((result) => result.r === 'later' || result.r === 'dup');",
    ),
}


def changes(bug: str) -> list[dict[str, str]]:
    """What the bundler is told."""
    return [vars(BUGS[bug])]
