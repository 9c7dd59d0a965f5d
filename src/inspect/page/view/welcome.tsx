/** The page without a server: it opens recordings. */
import { Brand, OpenButton } from './header.tsx';

export function Welcome() {
  return (
    <main class="welcome">
      <Brand />
      <h1>Open a recording</h1>
      <p>
        A file that was exported from this page, or written by <code>holdfast record</code> or{' '}
        <code>recordingOf()</code>. Drop it on the page, or choose it. It is not sent anywhere.
      </p>
      <OpenButton text="Open a recording" />
      <p class="welcome-live">
        To look at a running process: <code>holdfast demo --inspect</code>, then open the URL that it prints.
      </p>
    </main>
  );
}
