/** What the page is given: see asl/viewer/encoding.py. */

export interface Graph {
  start: string;
  boxes: Box[];
  arrows: Arrow[];
}

export interface Box {
  id: string;
  name: string;
  type: string;
  path: string;
  service?: string;
  target?: string;
  mark?: { tone: string; label: string; details: string[] };
  groups?: Graph[];
}

export interface Arrow {
  from: string;
  to: string;
  kind: "next" | "choice" | "default" | "catch";
  label?: string;
  mark?: string;
}

export interface Finding {
  rule: string;
  rank: string;
  path: string;
  message: string;
  fix: string;
  source: string;
}

export interface Permission {
  action: string;
  resource: string;
  reason: string;
  condition: string;
  danger: string;
}

export interface Price {
  usd_per_execution: number;
  usd_per_month: number;
  executions_per_month: number;
  shares: Record<string, number>;
}

export interface Machine {
  name: string;
  type: string;
  definition: unknown;
  findings: Finding[];
  permissions: Record<string, Permission[]>;
  price: Price | null;
  startedBy: string[];
}

export interface Attempt {
  began: number;
  ended?: number;
  input: number;
  output: number;
  error?: string;
  cause?: string;
}

export type Outcome = "running" | "succeeded" | "caught" | "failed" | "aborted";

/** Times are seconds since the execution's start; `input`, `output` and `assigned` are numbers of values. */
export interface Visit {
  state: number;
  entered: number;
  left?: number;
  outcome: Outcome;
  after?: number;
  items?: number[];
  input: number;
  output: number;
  assigned?: Record<string, number>;
  error?: string;
  cause?: string;
  attempts?: Attempt[];
  log?: string;
}

export interface Execution {
  name: string;
  status: string;
  started: number;
  ended: number | null;
  input: number;
  output: number;
  error: string;
  cause: string;
  masked: boolean;
  links: [string, string][];
  visits: Visit[];
}

export interface Change {
  before: Machine;
  became: Record<string, string>;
  texts: Record<string, { text: string; danger: boolean }[]>;
  gained: Permission[];
  lost: Permission[];
  newFindings: Finding[];
  goneFindings: Finding[];
  promises: { text: string; kept: boolean; before: boolean | null; detail: string; explored: boolean | null }[];
}

export interface Exploration {
  told: string;
  refused: string;
  ends: { state: string; status: string; shortest: string[] }[];
  problems: [string, string][];
  unreached: string[];
  cut: string[];
}

/** `taken` are pairs of numbers of paths, -1 for the start; `caught` says which of them a Catch made. */
export interface Way {
  name: string;
  outcome: string;
  seconds: number;
  taken: [number, number][];
  caught: number[];
}

export interface View {
  title: string;
  notes: string[];
  graph: Graph;
  before?: Graph;
  after?: Graph;
  machine: Machine;
  execution?: Execution;
  change?: Change;
  flow?: { noun: string; ways: Way[] };
  exploration?: Exploration;
  paths: string[];
}

export interface PageData {
  title: string;
  views: View[];
  reload: number | null;
  made: string;
  values: unknown[];
}

/** Where everything stands. Coordinates are pixels at a zoom of one. */
export interface Laid {
  width: number;
  height: number;
  boxes: LaidBox[];
  frames: Rectangle[];
  edges: LaidEdge[];
  labels: LaidLabel[];
}

export interface Rectangle {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface LaidBox extends Rectangle {
  box: Box;
  lines: string[];
  below: string[];
  /** Whether it is drawn with what is inside it. */
  open: boolean;
  depth: number;
  /** Whether the scope ends here. */
  ends: boolean;
}

export interface LaidEdge {
  from: string;
  to: string;
  kind: string;
  mark?: string;
  points: [number, number][];
}

export interface LaidLabel extends Rectangle {
  lines: string[];
  text: string;
  kind: string;
  from: string;
  to: string;
}

/** The width of a text in pixels. */
export type Measure = (text: string, font: string) => number;
