/** A picture, a sound, a film or a file of a payload. Stored ones are fetched when they come into sight. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { fileOf } from "@/api/client";
import { readObject } from "@/api/objects";
import { Icon } from "@/design/Icon";
import { bytes } from "@/domain/format";
import { type Media, mediaOf, sniff } from "@/domain/media";
import { parseRef } from "@/domain/refs";
import styles from "./MediaView.module.css";
import { Skeleton } from "./States";

export function MediaView({ project, media, label }: { project: string; media: Media; label: string }) {
  if (media.kind === "inline") return <Shown url={media.url} mime={media.mime} name={label} />;
  return <Stored project={project} digest={media.digest} name={media.name} mime={media.mime} />;
}

/** Content that the server took out of a payload: the ref's object names the file. */
export function ContentOfRef({ refText }: { refText: string }) {
  const ref = parseRef(refText);
  const project = `${ref?.entity}/${ref?.project}`;
  const query = useQuery({
    queryKey: ["content", refText],
    enabled: ref !== null,
    queryFn: async () => mediaOf((await readObject(project, ref!.name, ref!.version ?? "latest")).val),
    staleTime: Infinity,
  });
  if (!query.data) return null;
  return <MediaView project={project} media={query.data} label={ref!.name} />;
}

function Stored({ project, digest, name, mime }: { project: string; digest: string; name: string; mime: string }) {
  const query = useQuery({
    queryKey: ["file", project, digest],
    staleTime: Infinity,
    gcTime: 60_000,
    queryFn: async ({ signal }) => {
      const blob = await fileOf(project, digest, signal);
      const known = mime !== "application/octet-stream" ? mime : sniff(new Uint8Array(await blob.slice(0, 16).arrayBuffer()));
      return new Blob([blob], { type: known });
    },
  });
  const [url, setUrl] = useState("");
  const blob = query.data;
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  if (query.isError) return <span className="quiet">{name} cannot be read: {query.error.message}</span>;
  if (!blob || url === "") return <Skeleton lines={2} label={`Loading ${name}`} />;
  return <Shown url={url} mime={blob.type} name={name} size={blob.size} />;
}

function Shown({ url, mime, name, size }: { url: string; mime: string; name: string; size?: number }) {
  // SVG and HTML can hold scripts: as an image they are inert, as a page they would not be.
  if (mime.startsWith("image/")) return <img className={styles["image"]} src={url} alt={name} loading="lazy" />;
  if (mime.startsWith("audio/")) return <audio className={styles["sound"]} controls preload="metadata" src={url} aria-label={name} />;
  if (mime.startsWith("video/")) return <video className={styles["image"]} controls preload="metadata" src={url} aria-label={name} />;
  return (
    <a className={styles["file"]} href={url} download={name}>
      <Icon name="download" /> {name} {size !== undefined && <span className="quiet">{bytes(size)}</span>}
    </a>
  );
}
