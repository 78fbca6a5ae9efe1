import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "@/api/client";
import { fetchAhead, router } from "@/app/router";
import "@/design/tokens.css";
import "@/design/base.css";
import { applyTheme } from "@/design/theme";
import { TooltipProvider } from "@/design/Tooltip";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refused will be refused again; only a failing server is worth another try.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status > 0 && error.status < 500),
      staleTime: 2_000,
      refetchOnWindowFocus: false,
    },
  },
});

// A page that cannot be fetched is the router's to tell of.
fetchAhead(client, location).catch(() => undefined);
applyTheme();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
