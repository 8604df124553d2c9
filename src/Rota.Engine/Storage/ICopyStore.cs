using Rota.Copies;

namespace Rota.Storage;

/// <summary>One end of a copy from one database to another. Nobody else works on the database meanwhile.</summary>
/// <remarks>Made for Rota's own stores and free to change. A source is only read. In a target every method that writes
/// is one transaction, which also moves the marker: a copy that was killed goes on where it stopped.</remarks>
public interface ICopyStore : IAsyncDisposable
{
    /// <summary>How many rows each table has, in the order of <see cref="CopyTables.All"/>.</summary>
    Task<IReadOnlyList<long>> CountAsync(CancellationToken stop);

    /// <summary>How far the numbers of this database have come.</summary>
    Task<CopyMarks> ReadMarksAsync(CancellationToken stop);

    /// <summary>Rows in the order of their key; none when there are no more. Fewer than asked for when they are
    /// heavy.</summary>
    /// <param name="after">Key of the last row of the page before; empty for the first page.</param>
    /// <param name="limit">1 or more.</param>
    Task<CopyPage> ReadAsync(
        CopyTable table, IReadOnlyList<CopyValue> after, int limit, CancellationToken stop);

    /// <summary>The marker of a copy into this database that has not come to its end, or null.</summary>
    Task<string?> FindMarkerAsync(CancellationToken stop);

    /// <summary>Sets the first marker.</summary>
    /// <exception cref="ConflictException"><c>copy.target_not_empty</c>, or <c>copy.other</c>.</exception>
    /// <exception cref="StorageException"><c>storage.in_use</c>.</exception>
    Task BeginAsync(string marker, CancellationToken stop);

    /// <summary>Removes all that a copy brought, and sets the first marker of another one.</summary>
    /// <param name="old">The marker that stands there.</param>
    /// <exception cref="ConflictException"><c>copy.other</c>: another marker stands there.</exception>
    Task ClearAsync(string old, string marker, CancellationToken stop);

    /// <summary>Adds rows and moves the marker.</summary>
    /// <exception cref="ConflictException"><c>copy.other</c>: another marker than <paramref name="old"/> stands there.
    /// </exception>
    Task WriteAsync(CopyPage page, string old, string marker, CancellationToken stop);

    /// <summary>Derives what is not copied (counters, lanes), sets the next numbers behind those of the source, and
    /// removes the marker.</summary>
    /// <exception cref="ConflictException"><c>copy.other</c>.</exception>
    Task FinishAsync(CopyMarks marks, string old, CancellationToken stop);
}

/// <summary>Numbers that were used and must not come again.</summary>
/// <param name="JobId">Highest id that any job ever had.</param>
/// <param name="Token">No attempt ever had a greater token.</param>
/// <param name="Starts">Grows with every start of Rota on the database.</param>
public readonly record struct CopyMarks(long JobId, long Token, long Starts);
