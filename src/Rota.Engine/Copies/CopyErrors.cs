namespace Rota.Copies;

/// <summary>Why a copy cannot begin, go on, or count as done.</summary>
public static class CopyErrors
{
    /// <summary>A Rota process works on an end of the copy, or did so a moment ago.</summary>
    public static StorageException InUse(string database) => new("storage.in_use",
        $"A Rota process works on {database}.",
        "Stop every Rota on it: what is copied must stand still. One that was killed counts as gone after 15 seconds.");

    public static StorageException Older(string database, int found, int known) => new("storage.older",
        $"{database} has schema {found}, and this Rota copies schema {known}.",
        "Start this Rota on it once and stop it again: that brings it up to date.");

    public static StorageException Foreign(string database) => new("storage.foreign",
        $"{database} is no database of Rota.", "Name another file, or an empty one.");

    /// <summary>Somebody wants to work on a database that holds half a copy.</summary>
    public static StorageException HalfCopied() => new("storage.half_copied",
        "This database is being copied into, or holds half a copy.",
        "Let 'rota database copy' go on to its end; the same command does.");

    public static ConflictException NotEmpty(IReadOnlyList<long> counts)
    {
        var found = CopyTables.All.Zip(counts).Where(pair => pair.Second > 0)
            .Select(pair => $"{pair.Second:N0} in {pair.First.Name}");
        return new("copy.target_not_empty", $"The target is not empty; its rows: {string.Join(", ", found)}.",
            "Copy into a new file, another database or another schema (?schema=NAME): nothing is ever overwritten.");
    }

    public static ConflictException SourceChanged() => new("copy.source_changed",
        "The target holds half a copy of another source, or the source was used since.",
        "Begin again with --restart: it empties the half-copied target first.");

    public static ConflictException ChangedMeanwhile() => new("copy.source_changed",
        "The source was used while it was copied.",
        "Stop every Rota on it, and begin again with --restart: it empties the half-copied target first.");

    public static ConflictException OtherCopy() => new("copy.other",
        "Another copy into this target goes on.", "Let it come to its end, or stop it.");

    public static RotaException Differs(string table, CopyHash source, CopyHash target) => new("copy.differs",
        $"The table {table} differs: {source.Rows:N0} rows with hash {source} in the source, "
        + $"{target.Rows:N0} rows with hash {target} in the target.",
        "Check disks and memory, and begin again with --restart; if it differs again, report it.");
}
