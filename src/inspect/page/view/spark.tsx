/** The newest round trips as a small line. */
const [WIDTH, HEIGHT] = [78, 20];
/** Least range in milliseconds, so that jitter does not fill the height. */
const LEAST_MS = 2;

export function Spark({ rtts }: { readonly rtts: readonly number[] }) {
  if (rtts.length === 0) return <span class="spark" />;
  const low = Math.min(...rtts);
  const range = Math.max(...rtts, low + LEAST_MS) - low;
  const stride = WIDTH / Math.max(8, rtts.length - 1);
  const left = WIDTH - stride * (rtts.length - 1);
  const points = rtts.map((rtt, index) => {
    const y = HEIGHT - 2 - ((rtt - low) / range) * (HEIGHT - 5);
    return `${(left + index * stride).toFixed(1)} ${y.toFixed(1)}`;
  });
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path class="spark-area" d={`M${points.join('L')}L${WIDTH} ${HEIGHT}L${left.toFixed(1)} ${HEIGHT}z`} />
      <path class="spark-line" d={`M${points.join('L')}`} />
      <circle class="spark-dot" cx={WIDTH - 0.5} cy={points.at(-1)?.split(' ')[1]} r="1.8" />
    </svg>
  );
}
