#!/usr/bin/env python3
"""Independent witness: checks an exported visit (ZIP) with its own code. Needs only Python 3.9+ and `cryptography`.
    python3 verify_visit.py FILE.zip [PUBLIC_KEY]        exit code 0: intact, 1: not, 2: cannot be read
Checked: the server's signature over visit.json and over the files it names, hash chain, bodies, photos, the fold of the
log to answers, and the score from the answers: each item's points by its rule, sections, weights, total, grade and
caps. NOT re-derived here: which questions were asked (`when`), how a roster is counted, and whether an item fails; for
these the trace in score.json is taken as given (`congvu verify` re-derives them). Layout: docs/sync.md 6 and 4.
"""

# fmt: off
import base64, hashlib, json, struct, sys, unicodedata, zipfile
from fractions import Fraction as F
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

faults = []
fault = lambda wrong, where, told: wrong and faults.append(f"{where}: {told}")
unb64 = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
text = lambda value: struct.pack(">H", len(value.encode())) + value.encode()
def link(visit, e):
    """The hash of an entry: magic, visit, n, prev, op, body hash, actor, writer, ws, time, status, why, parents."""
    return hashlib.sha256(
        b"VSP1" + text(visit) + struct.pack(">Q", e["n"]) + bytes.fromhex(e["prev"]) + text(e["op"])
        + bytes.fromhex(e["bh"]) + text(e["actor"]) + text(e["writer"]) + struct.pack(">QQ", e["ws"], e["recv"])
        + (b"\x01" if e["st"] == "acc" else b"\x02") + text(e["why"]) + struct.pack(">H", len(e["epar"]))
        + b"".join(text(p) for p in e["epar"])
    ).hexdigest()
def signed(key, h, sig):
    try:
        return Ed25519PublicKey.from_public_bytes(key).verify(unb64(sig), bytes.fromhex(h)) is None
    except (InvalidSignature, ValueError):
        return False
def normal(value):  # NFC; a list of texts is a set
    if isinstance(value, dict):
        return {normal(k): normal(v) for k, v in value.items()}
    if isinstance(value, list):
        members = [normal(each) for each in value]
        return sorted(members) if all(isinstance(each, str) for each in members) else members
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value
sha256 = lambda raw: hashlib.sha256(raw).hexdigest()
canonical = lambda value: json.dumps(normal(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
def body_of(e):  # its bytes; None if hidden from whom the package was made for
    return base64.b64decode(e["body_b64"]) if "body_b64" in e else e["body"] and e["body"].encode()
def check_files(package, about, key):
    """The server signed visit.json, which names the hash of every file; photos and checklists are called by theirs."""
    found = {n: sha256(package.read(n)) for n in package.namelist() if n not in ("visit.json", "visit.sig")}
    if about["version"] == 1:
        return fault(True, "visit.json", "hồ sơ dạng cũ, không được máy chủ ký: hãy xuất lại (earlier form, unsigned)")
    seal, sig = sha256(b"VSPX" + package.read("visit.json")), package.read("visit.sig").decode()
    fault(not signed(key, seal, sig), "visit.json", "changed, or not signed by the server")
    other = {name for name, _ in found.items() ^ about["files"].items()}
    other |= {name for name in found if "/" in name and found[name] not in name}
    return fault(other, ", ".join(sorted(other)), "changed, added or left out")
def check_chain(about, log, key):
    prev, ops = "0" * 64, set()
    for number, e in enumerate(log, 1):
        raw, where, forms = body_of(e), f"entry {number}", (e["body"] is not None) + ("body_b64" in e)
        fault(e["n"] != number or e["prev"] != prev or e["op"] in ops, where, "removed, inserted, swapped or repeated")
        fault(forms > 1 or (forms == 0 and e["st"] == "acc"), where, "has no content, or two")
        fault(raw is not None and sha256(raw) != e["bh"], where, "the content was changed")
        fault(link(about["visit"], e) != e["h"], where, "a field beside the content was changed")
        fault("sig" in e and not signed(key, e["h"], e["sig"]), where, "not signed by the server")
        prev, _ = e["h"], ops.add(e["op"])
    fault((about["head"]["n"], about["head"]["h"]) != (len(log), prev), "end of log", "cut, extended or changed")

def moved(step, path):  # where a re-pin carries a path; what its map does not name is retired
    area, key, inside = (*path.split("/", 2), "", "")[:3]
    if area != "item" or key not in step["map"]:
        return f"retired/{step['chk']}/{path}" if area == "item" else path
    return f"item/{step['map'][key]}" + (inside and f"/{inside}")
def under(step, val):  # a photo or note follows its item
    if isinstance(val, dict) and "value" in val:
        return {**val, "value": under(step, val["value"])}
    return {**val, "of": moved(step, val["of"])} if isinstance(val, dict) and "of" in val else val
def carried(e, steps):
    for _ in steps:
        if (step := steps.get(e["chk"])) is not None:
            val = under(step, e["val"]) if e["path"].startswith(("photo/", "note/", "comment/")) else e["val"]
            e = {**e, "path": moved(step, e["path"]), "val": val, "chk": step["chk"]}
    return e
def now(entries):  # under the checklist in force
    steps = {e["val"]["from"]: e["val"] for e in entries if e["kind"] == "repin"}
    return [carried(e, steps) for e in entries]
def fold(entries):
    """Cells: accepted operations of a path that no accepted operation of the same path replaces."""
    entries, cells = now(entries), {}
    replaced = {(e["path"], p) for e in entries for p in e["epar"]}
    for e in (each for each in entries if (each["path"], each["op"]) not in replaced):
        val, kind = e["val"], e["kind"]
        value = val["value"] if kind in ("resolve", "adopt") else None if kind in ("clear", "detach") else val
        actor = val["author"] if kind == "adopt" else e["actor"]
        cells.setdefault(e["path"], []).append({"op": e["op"], "value": value, "actor": actor, "kind": kind})
    return {path: sorted(heads, key=lambda h: h["op"]) for path, heads in cells.items()}
def digest(cells):
    kinds, others = ("item/", "photo/", "note/", "visit/"), ("visit/closing", "visit/checklist")
    told = {p: [{"op": h["op"], "value": h["value"]} for h in heads] for p, heads in cells.items() if p not in others}
    return sha256(canonical({p: heads for p, heads in told.items() if p.startswith(kinds)}))
def frozen(entries, close):
    upto = close.get("upto")
    inside = [e["n"] <= close["n"] if upto is None else e["ws"] <= upto.get(e["writer"], 0) for e in entries]
    return [e for e, covered in zip(entries, inside) if covered or e["op"] in close["own"]]
def standing(entries):
    """The entries whose fold is the answers: the frozen set once it is signed by all who must, else all."""
    signs = [e for e in entries if e["kind"] == "sign"]
    for head in (head for head in fold(entries).get("visit/closing", []) if head["kind"] == "close"):
        close, want = head["value"], head["value"]["digest"]
        named = {e["path"] for e in signs if (e["val"]["close"], e["val"]["digest"]) == (head["op"], want)}
        fault(digest(fold(frozen(entries, close))) != want, "closing", "not the answers whose digest was signed")
        if "sign/lead" in named and ("sign/unit" in named or close.get("alone")):
            return frozen(entries, close)
    return entries

def earned(item, t):
    """Points of an item, in hundredths, from what was seen, by the item's rule."""
    points, rule, i = F(item.get("points") or 0), item.get("score"), t["inputs"]
    answer, seen, total, value = item["answer"], i.get("observed", 0), i.get("total"), i.get("value")
    if t["why"] in ("unanswered", "zero_total"):
        return points if t["why"] == "zero_total" and item.get("zero_total") == "full" else F(0)
    rule = {"proportional": {}} if rule == "proportional" else rule if isinstance(rule, dict) else {}
    if "proportional" in rule:
        return F(0) if seen * 10_000 < rule["proportional"].get("floor", 0) * total else points * seen / total
    if "deduct" in rule:
        found = F(i["rows"]) if "rows" in i else F(value, 100)
        return min(points, max(F(0), points - rule["deduct"]["each"] * found))
    if "bands" in rule:
        v, unit = (value, 1) if total is None else (seen * 10_000, total)
        for band in rule["bands"]:
            least, most = band.get("at_least"), band.get("at_most")
            if (least is not None and v >= least * unit) or (most is not None and v <= most * unit):
                return F(band["points"])
        return F(0)
    if answer["type"] in ("yes_no", "document"):
        good = (value == "yes") != answer.get("inverted", False) if answer["type"] == "yes_no" else value == "shown"
        return points if good else F(0)
    chosen = value if isinstance(value, list) else [value]
    return min(points, F(sum(o.get("points") or 0 for o in answer.get("choices", ()) if o["key"] in chosen)))
def check_score(checklist, cells, shown):
    traces, score, sums = {t["key"]: t for t in shown["score"]["items"]}, shown["score"], []
    for section in checklist["sections"]:
        got, possible = F(0), 0
        for item in section["items"]:
            t, values = traces[item["key"]], [h["value"] for h in cells.get(f"item/{item['key']}", [])]
            kind, seen, one = item["answer"]["type"], t["inputs"], len(values) == 1
            if one and kind in ("yes_no", "choice", "number", "text", "ratio") and t["state"] == "answered":
                ratio = kind == "ratio" and [values[0]["observed"], values[0]["total"]]
                used = [seen.get("observed"), seen.get("total")] if ratio else seen.get("value")
                fault((ratio or values[0]) != used, f"item {item['key']}", "the score used another value than the log")
            if t["earned"] is not None and F(t["earned"]) != earned(item, t):
                fault(True, f"item {item['key']}", f"earns {earned(item, t)}, not {t['earned']} hundredths")
            got, possible = got + F(t["earned"] or 0), possible + (t["possible"] or 0)
        sums.append((section, got, possible))
        told = [(F(s["earned"]), s["possible"]) for s in score["sections"] if s["key"] == section["key"]]
        fault(told != [(got, possible)], f"section {section['key']}", "the sum is wrong")
    sums = [each for each in sums if each[2]]
    weighted = any(s.get("weight") is not None for s, _, _ in sums)
    shares = [(F(s.get("weight") or 0) * g / p, s.get("weight") or 0) if weighted else (g, p) for s, g, p in sums]
    over = sum(part for _, part in shares)
    total = sum((got for got, _ in shares), F(0)) / over if over else None
    fault((score["total"] and F(score["total"])) != total, "total", f"is {total}, not {score['total']}")
    grades = [g["key"] for g in checklist.get("grades", ())]
    reached = (total is not None and total * 10_000 >= g["at_least"] for g in checklist.get("grades", ()))
    before = next((key for key, is_reached in zip(grades, reached) if is_reached), None)
    lowest = max([grades.index(before)] + [grades.index(c["grade_at_most"]) for c in score["caps"]]) if before else None
    follows = (score["grade_before_caps"], score["grade"]) == (before, grades[lowest] if before else None)
    fault(not follows, "grade", "does not follow from total and caps")

def main(path, trusted):
    with zipfile.ZipFile(path) as package:
        fault(len(set(package.namelist())) != len(package.namelist()), "file", "a name twice")
        load = lambda name: json.loads(package.read(name))
        about, told = load("visit.json"), load("answers.json")
        log = [json.loads(line) for line in package.read("log.jsonl").splitlines() if line.strip()]
        key = trusted or unb64(about["public_key"])
        fault(key != unb64(about["public_key"]), "visit.json", "another public key than the trusted one")
        check_files(package, about, key)
        check_chain(about, log, key)
        accepted = [(e, json.loads(body_of(e))) for e in log if e["st"] == "acc" and body_of(e)]
        entries = [{**e, **{k: said[k] for k in ("kind", "path", "val", "chk")}} for e, said in accepted]
        known = {e["chk"] for e in now(entries)} or {about["chk"]}
        fault(about["chk"] not in known, "visit.json", "another checklist than the entries name")
        cells = fold(standing(entries))
        mine = {p: [{k: h[k] for k in ("op", "value", "actor")} for h in heads] for p, heads in cells.items()}
        fault(canonical(told) != canonical({"cells": mine, "digest": digest(cells)}), "answers.json", "not the fold")
        check_score(load(f"checklists/{about['chk']}.json"), cells, load("score.json"))
        shown = [h["value"] for p in cells if p.startswith("photo/") for h in cells[p] if isinstance(h["value"], dict)]
        there = {n[7:] for n in package.namelist() if n.startswith("photos/")}
        missing, withheld = about["photos_missing"], about.get("photos_withheld", [])
        fault({each["sha256"] for each in shown} - there - {*missing, *withheld}, "photos", "not all are there")
    verdict = "NOT confirmed as intact" if faults else f"intact, public key {about['public_key']}"
    photos = f"{len(there)} photos, {len(missing)} missing, {len(withheld)} withheld"
    print(f"{about['unit']['name']}: {len(log)} entries, {photos}: {verdict}", *faults, sep="\n")

if __name__ == "__main__":
    try:
        main(sys.argv[1], unb64(sys.argv[2]) if len(sys.argv) > 2 else None)
    except Exception as problem:
        print(f"cannot be read as an exported visit: {problem!r}")
        sys.exit(2)
    sys.exit(1 if faults else 0)
