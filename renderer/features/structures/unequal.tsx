/** "Not the same", as a glyph. */
export function Unequal() {
  return (
    <svg
      width={14}
      height={14}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      strokeLinecap="round"
      className="lucide wa"
      role="img"
      aria-label="differs"
    >
      <path d="M3 6h10M3 10h10M11 3 5 13" />
    </svg>
  );
}
