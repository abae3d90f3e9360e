/** What a page shows while it waits, when nothing comes, and when the answer is no. */
import type { InfiniteData, UseInfiniteQueryResult, UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { Link } from "wouter";
import { ApiError } from "../api/client";
import { useText } from "../i18n";
import { Button, Notice, Server } from "./basics";

const SLOW_MS = 4000;

export function Loading() {
  const { app } = useText();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {slow ? app.slow : app.loading}
    </div>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const { app, errors, fields } = useText();
  if (!(error instanceof ApiError)) return <Notice tone="bad" role="alert" title={errors.crash}><p>{errors.crashWhy}</p></Notice>;
  const again = retry && error.status !== 404 && error.status !== 403 && (
    <Button onClick={retry}>{error.status === 412 || error.status === 409 ? errors.lookAgain : app.retry}</Button>
  );
  if (error.status === 0)
    return <Notice tone="warn" role="alert" title={errors.unreachable}><p>{errors.unreachableWhy}</p>{again}</Notice>;
  if (error.status === 404)
    return <Notice tone="info" role="alert" title={errors.notFound}><p>{errors.notFoundWhy}</p><Link href="/">{errors.home}</Link></Notice>;
  const title =
    error.status === 403 ? errors.notPermitted
    : error.kind === "quota-spent" ? errors.quota
    : error.status === 412 ? errors.changed
    : error.status === 503 ? errors.away
    : undefined;
  const why = error.status === 412 ? errors.changedWhy : error.status === 403 ? errors.notPermittedWhy : error.status === 503 ? errors.awayWhy : undefined;
  return (
    <Notice tone={error.status === 500 || error.status === 400 ? "bad" : "warn"} role="alert" title={title ?? errors.title}>
      {why && <p>{why}</p>}
      {error.status !== 412 && <p className={why && "hint"}><Server>{error.problem.detail ?? error.problem.title}</Server></p>}
      {error.faults.length > 0 && (
        <ul>
          {error.faults.map((fault) => <li key={fault.at + fault.code}>{fields[lastPart(fault.at)] ?? lastPart(fault.at)}: <Server>{fault.detail}</Server></li>)}
        </ul>
      )}
      {again}
      {error.status === 403 && <Link href="/">{errors.home}</Link>}
      {error.problem.correlationId && error.status >= 500 && <p className="hint">{app.reference}: <code>{error.problem.correlationId}</code></p>}
    </Notice>
  );
}

const lastPart = (at: string) => at.split("#")[0]!.split(/[/:]/).filter((part) => part && !/^\d+$/.test(part)).pop() ?? at;

/** The value of a query once it is there; until then, or instead, what became of it. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (value: T) => ReactNode }) {
  if (query.data !== undefined && !(query.error instanceof ApiError && !query.error.passing)) return children(query.data);
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Loading />;
}

/** What stands under a list that is read piece by piece: that more comes, why it does not, and, for who cannot see it, how much there is. */
export function Rest({ query, shown, button = false }: { query: UseInfiniteQueryResult<InfiniteData<unknown>>; shown: number; button?: boolean }) {
  const { app } = useText();
  const more = () => void query.fetchNextPage();
  return (
    <>
      <p className="sr" role="status">{!query.isFetching && app.shown(shown)}</p>
      {query.isFetchNextPageError ? <Failure error={query.error} retry={more} />
        : query.isFetchingNextPage ? <Loading />
        : button && query.hasNextPage && <Button onClick={more}>{app.more}</Button>}
    </>
  );
}

/** For a list that asks by itself when its end is near: not again and again for what was refused. */
export const onEndOf = (query: UseInfiniteQueryResult<InfiniteData<unknown>>): (() => void) | undefined =>
  query.hasNextPage && !query.isFetching && !query.isFetchNextPageError ? () => void query.fetchNextPage() : undefined;
