// The team of an open visit.
import type { Saved } from './visit.ts';

/** A place in the delegation; `role` is lead or member. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly present: boolean;
}

/** The team of a visit, read from its log and nothing else; nothing is forbidden by any of it. */
export interface Team {
  /** The lead first; who left only while an answer of theirs stands. */
  readonly members: readonly TeamMember[];
  readonly mayAssign: boolean;
  readonly mayComment: boolean;
  /** Who answers for a section, as ids. */
  assignees(section: string): readonly string[];
  assign(section: string, people: readonly string[]): Promise<Saved>;
  assignAll(people: ReadonlyMap<string, readonly string[]>): Promise<Saved>;
  /** Who marked a section as done, and what was answered after it; null while nobody's mark stands. */
  done(section: string): SectionDone | null;
  markDone(section: string, done: boolean): Promise<Saved>;
  /** The thread of an item in the order of the log. */
  comments(item: string): readonly CommentView[];
  /** Every thread by item; '' holds those of items the checklist no longer has. */
  readonly threads: ReadonlyMap<string, readonly CommentView[]>;
  /** How many comments of others were not opened on this phone. */
  readonly unread: number;
  comment(item: string, text: string): Promise<Saved>;
  takeBack(comment: CommentView): Promise<Saved>;
  /** The name under which a comment being typed is kept as a draft. */
  draftOf(item: string): string;
  markRead(item: string): Promise<void>;
}

export interface TeamMember {
  readonly id: string;
  readonly name: string;
  readonly lead: boolean;
  readonly present: boolean;
  readonly mine: boolean;
  /** Items in which an answer of this person stands, in document order. */
  readonly items: readonly string[];
  /** Sections this person answers for. */
  readonly sections: readonly string[];
  readonly last: LastPlace | null;
}

/** Where a person last wrote, by the log: the phone's clock (evidence only) and the server's. */
export interface LastPlace {
  readonly section: string;
  readonly item: string;
  readonly wall: Date | null;
  readonly receivedAt: Date | null;
  readonly pending: boolean;
}

export interface SectionDone {
  readonly name: string;
  readonly mine: boolean;
  readonly wall: Date | null;
  readonly receivedAt: Date | null;
  readonly pending: boolean;
  /** Changes of its answers after the mark. */
  readonly since: number;
}

export interface CommentView {
  readonly path: string;
  readonly op: string;
  /** The item or row it is of. */
  readonly of: string;
  readonly text: string;
  readonly name: string;
  readonly mine: boolean;
  readonly wall: Date | null;
  readonly receivedAt: Date | null;
  readonly pending: boolean;
  readonly unread: boolean;
}
