/** A window over the page: focus goes in, stays in, and comes back. */
import * as Ariakit from "@ariakit/react";
import type { ReactNode } from "react";
import { useText } from "../i18n";
import { Button } from "./basics";

export function Dialog({ open, title, onClose, children, modal = true, className = "" }: {
  open: boolean; title: string; onClose?: () => void; children: ReactNode; modal?: boolean; className?: string;
}) {
  const { app } = useText();
  return (
    <Ariakit.Dialog
      open={open}
      onClose={onClose}
      modal={modal}
      unmountOnHide
      hideOnEscape={!!onClose}
      hideOnInteractOutside={false}
      className={`dialog ${className}`}
      backdrop={<div className="backdrop" />}
    >
      <div className="section-head">
        <Ariakit.DialogHeading render={<h2>{title}</h2>} />
        {onClose && <Button look="quiet" onClick={onClose}>{app.close}</Button>}
      </div>
      {children}
    </Ariakit.Dialog>
  );
}
