/** The icons: 16 px strokes in the colour of the text. Decorative; what they mean is said in words beside them. */

const PATHS = {
  traces: "M2.5 4h11M4.5 8h9M7.5 12h6",
  evaluations: "M3 13V8M8 13V3M13 13V6",
  compare: "M8 2v12M2 5h3.5M2 8h3.5M2 11h3.5M10.5 5H14M10.5 8H14M10.5 11H14",
  leaderboards: "M2.5 13.5v-4h3v4M6.5 13.5v-10h3v10M10.5 13.5v-6h3v6",
  scoring: "M8 2a6 6 0 1 0 6 6M8 5.2a2.8 2.8 0 1 0 2.8 2.8M8 8l5.5-5.5",
  monitors: "M1.5 8.5h3l2-5 3 9 2-4h3",
  feedback: "M2.5 3.5h11v7.5H7l-3 2.5V11H2.5z",
  annotation: "M3 13l.7-3L11 2.8 13.2 5 6 12.3zM9.5 4.3l2.2 2.2",
  objects: "M8 1.8l5.5 3v6.4L8 14.2l-5.5-3V4.8zM2.5 4.8L8 8m0 0l5.5-3.2M8 8v6.2",
  agents: "M4 6h8v7H4zM8 6V3M6.5 9h0M9.5 9h0M2.5 8.5v2M13.5 8.5v2",
  threads: "M2.5 3h8v5.5H6L3.8 10.5V8.5H2.5zM8 10.8h3l1.8 1.8v-1.8h.9V6h-1",
  usage: "M8 2.2v11.6M10.8 4.6C10 3.8 9 3.6 8 3.6c-1.7 0-2.8.8-2.8 2.1 0 3 5.8 1.5 5.8 4.5 0 1.4-1.3 2.2-3 2.2-1.2 0-2.3-.4-3-1.2",
  settings: "M8 5.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6zM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6L5 5M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5l3.2 3L13 4.5",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  up: "M4 10l4-4 4 4",
  left: "M10 4L6 8l4 4",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  more: "M3.5 8h0M8 8h0M12.5 8h0",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  moon: "M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6z",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  download: "M8 2.5v7.5M4.8 7.2L8 10.2l3.2-3M3 13.5h10",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9",
  filter: "M2 3.5h12L9.5 8.7v4.3l-3-1.5V8.7z",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  sort: "M5 3v10M2.8 10.8L5 13l2.2-2.2M11 13V3M8.8 5.2L11 3l2.2 2.2",
  play: "M5 3.5l7.5 4.5L5 12.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  refresh: "M13 5.5A5.5 5.5 0 1 0 13.5 9M13.3 2.5v3.2h-3.2",
  link: "M6.7 9.3a2.6 2.6 0 0 0 3.7 0l2.3-2.3a2.6 2.6 0 0 0-3.7-3.7l-.9.9M9.3 6.7a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l.9-.9",
  external: "M9.5 2.5h4v4M13.5 2.5L8 8M11.5 9v4.5h-9v-9H7",
  help: "M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 0 0 8 1.9zM6.2 6.3c0-1 .8-1.7 1.8-1.7s1.8.7 1.8 1.6c0 1.3-1.8 1.4-1.8 2.8M8 11.3h0",
  warning: "M8 2.2l6.2 11.3H1.8zM8 6.5v3.3M8 11.6h0",
  error: "M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 0 0 8 1.9zM8 4.8v3.9M8 11h0",
  clock: "M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 0 0 8 1.9zM8 4.5V8l2.3 1.5",
  user: "M8 2.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM2.8 13.8c.5-2.6 2.6-4 5.2-4s4.7 1.4 5.2 4",
  code: "M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5",
  tree: "M3 2.5v9h4M3 6h4M9.5 4.5h4v3h-4zM9.5 10h4v3h-4z",
  chat: "M2.5 3h11v8H8l-3 2.5V11H2.5z",
  star: "M8 2.2l1.8 3.7 4 .6-2.9 2.9.7 4.1L8 11.5l-3.6 2 .7-4.1L2.2 6.5l4-.6z",
  thumb: "M5 7l2.5-5c1.2 0 1.9.9 1.6 2.1L8.7 6h3.5c.9 0 1.5.9 1.2 1.7l-1.3 4.5c-.2.6-.7 1-1.3 1H5zM5 7H2.5v6.2H5",
  tag: "M2.5 2.5h5l6 6-5 5-6-6zM5.3 5.3h0",
  queue: "M2.5 3h11M2.5 6.3h11M2.5 9.7h6M11 11.5l1.3 1.3 2.2-2.6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={1.4}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" style={{ flex: "none" }}>
      <path d={PATHS[name]} />
    </svg>
  );
}
