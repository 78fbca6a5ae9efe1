/** Links within the application: real addresses for the browser, no reload on a plain click. */
import { useRouter, useRouterState } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { useCallback } from "react";

/** Go to an address of the application. */
export function useGo(): (href: string, replace?: boolean) => void {
  const { history } = useRouter();
  return useCallback((href, replace = false) => (replace ? history.replace(href) : history.push(href)), [history]);
}

export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const go = useGo();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!plain || event.defaultPrevented || !href.startsWith("/") || rest.target) return;
    event.preventDefault();
    go(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}

/** The path of the page that is shown. */
export const usePathname = () => useRouterState({ select: (state) => state.location.pathname });
