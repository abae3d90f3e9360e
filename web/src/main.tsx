import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { App } from "./app";
import { LanguageProvider } from "./i18n";
import { keepFiles } from "./offline";
import { loadSettings } from "./settings";
import "./styles.css";
import { applyTheme } from "./ui/theme";
import { Announcer } from "./ui/announcer";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => count < 2 && error instanceof ApiError && error.passing,
      retryDelay: (count, error) =>
        error instanceof ApiError && error.retryAfter ? error.retryAfter * 1000 : 500 * 2 ** count,
      // Every look at personal data is audited and counted: looking again because a window got the focus is none.
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      staleTime: 30_000,
      gcTime: 5 * 60_000,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

applyTheme();
keepFiles();
const ready = loadSettings().then(
  () => true,
  () => false,
);
const root = createRoot(document.getElementById("root")!);
void ready.then((configured) =>
  root.render(
    <LanguageProvider>
      <QueryClientProvider client={queries}>
        <Announcer>
          <App configured={configured} />
        </Announcer>
      </QueryClientProvider>
    </LanguageProvider>,
  ),
);
