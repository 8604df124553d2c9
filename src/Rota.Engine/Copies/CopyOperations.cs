using System.Runtime.CompilerServices;
using Rota.Storage;

namespace Rota.Copies;

/// <summary>Copies one database into another, of whatever store each is.</summary>
/// <remarks>
/// Table by table, page by page by key; the next page is read while one is written. Then both ends are read again and
/// compared by counts and hashes. The last transaction derives what is not copied, and takes the marker away that kept
/// every Rota off the target. Killed at any time, the same call goes on; nothing is ever removed from the source.
/// What can go wrong: somebody uses the source (its marks tell), or writes into the target (its marker tells).
/// </remarks>
public sealed class CopyOperations(ICopyStore source)
{
    /// <summary>What would be copied.</summary>
    /// <param name="target">Null when there is no database yet.</param>
    /// <param name="isRestart">What is half copied would be removed first.</param>
    /// <exception cref="ConflictException"><c>copy.target_not_empty</c> or <c>copy.source_changed</c>.</exception>
    /// <exception cref="StorageException"><c>storage.half_copied</c>: the source holds half a copy itself.</exception>
    public async Task<CopyPlan> PlanAsync(ICopyStore? target, bool isRestart, CancellationToken stop)
    {
        await RefuseHalfAsync(stop);
        var counts = await source.CountAsync(stop);
        var before = target is null ? null : await target.FindMarkerAsync(stop);
        if (target is not null && before is null)
            RefuseRows(await target.CountAsync(stop));
        var there = before is null || isRestart
            ? 0
            : Resume(before, CopyMarker.SourceOf(counts, await source.ReadMarksAsync(stop))).Rows;
        return new CopyPlan(Tables(counts), there);
    }

    /// <summary>Copies and verifies.</summary>
    /// <param name="isRestart">A half-copied target is emptied first; another one never is.</param>
    /// <param name="report">Called after each page.</param>
    /// <exception cref="RotaException"><c>copy.differs</c>: the verification failed.</exception>
    /// <exception cref="ConflictException">See <see cref="CopyErrors"/>.</exception>
    public async Task<CopyResult> RunAsync(
        ICopyStore target, bool isRestart, Action<CopyStep> report, CancellationToken stop)
    {
        await RefuseHalfAsync(stop);
        var counts = await source.CountAsync(stop);
        var marks = await source.ReadMarksAsync(stop);
        var begun = await BeginAsync(target, CopyMarker.SourceOf(counts, marks), isRestart, stop);
        var marker = await CopyAsync(target, begun, counts.Sum(), report, stop);
        var hashes = await VerifyAsync(target, counts, report, stop);
        if (marks != await source.ReadMarksAsync(stop))
            throw CopyErrors.ChangedMeanwhile();
        await target.FinishAsync(marks, marker.ToJson(), stop);
        return new CopyResult([.. Tables(counts).Zip(hashes,
            (table, hash) => new CopiedTable(table.Name, table.Rows, hash.ToString()))], begun.Rows);
    }

    private async Task RefuseHalfAsync(CancellationToken stop)
    {
        if (await source.FindMarkerAsync(stop) is not null)
            throw CopyErrors.HalfCopied();
    }

    private static IReadOnlyList<CopyCount> Tables(IReadOnlyList<long> counts) =>
        [.. CopyTables.All.Zip(counts, (table, count) => new CopyCount(table.Name, count))];

    private static void RefuseRows(IReadOnlyList<long> counts)
    {
        if (counts.Any(count => count > 0))
            throw CopyErrors.NotEmpty(counts);
    }

    private static CopyMarker Resume(string text, string state) =>
        CopyMarker.Parse(text) is { } marker && marker.Source == state ? marker : throw CopyErrors.SourceChanged();

    private static async Task<CopyMarker> BeginAsync(
        ICopyStore target, string state, bool isRestart, CancellationToken stop)
    {
        var first = new CopyMarker { Source = state };
        if (await target.FindMarkerAsync(stop) is not { } before)
            await target.BeginAsync(first.ToJson(), stop);
        else if (isRestart)
            await target.ClearAsync(before, first.ToJson(), stop);
        else
            return Resume(before, state);
        return first;
    }

    private async Task<CopyMarker> CopyAsync(
        ICopyStore target, CopyMarker marker, long total, Action<CopyStep> report, CancellationToken stop)
    {
        var tables = CopyTables.All.SkipWhile(table => marker.Table is not null && table != marker.Table);
        foreach (var table in tables)
        {
            await foreach (var page in PagesAsync(source, table, marker.Table == table ? marker.After : [], stop))
            {
                var next = marker.Behind(page);
                await target.WriteAsync(page, marker.ToJson(), next.ToJson(), stop);
                marker = next;
                report(new CopyStep(IsCheck: false, table.Name, marker.Rows, total));
            }
        }
        return marker;
    }

    private async Task<IReadOnlyList<CopyHash>> VerifyAsync(
        ICopyStore target, IReadOnlyList<long> counts, Action<CopyStep> report, CancellationToken stop)
    {
        var hashes = new List<CopyHash>();
        var (done, total) = (0L, counts.Sum());
        foreach (var (table, count) in CopyTables.All.Zip(counts))
        {
            var hashed = await Task.WhenAll(
                HashAsync(source, table, _ => { }, stop),
                HashAsync(target, table,
                    rows => report(new CopyStep(IsCheck: true, table.Name, done + rows, total)), stop));
            var (wanted, found) = (hashed[0], hashed[1]);
            if (wanted.Rows != count)
                throw CopyErrors.ChangedMeanwhile();
            if (wanted.Rows != found.Rows || wanted.ToString() != found.ToString())
                throw CopyErrors.Differs(table.Name, wanted, found);
            hashes.Add(found);
            done += count;
        }
        return hashes;
    }

    private static async Task<CopyHash> HashAsync(
        ICopyStore store, CopyTable table, Action<long> report, CancellationToken stop)
    {
        var hash = new CopyHash();
        await foreach (var page in PagesAsync(store, table, [], stop))
        {
            hash.Add(page);
            report(hash.Rows);
        }
        return hash;
    }

    /// <summary>All pages of a table; the next one is read while the caller works on one.</summary>
    private static async IAsyncEnumerable<CopyPage> PagesAsync(ICopyStore store, CopyTable table,
        IReadOnlyList<CopyValue> after, [EnumeratorCancellation] CancellationToken stop)
    {
        var page = await store.ReadAsync(table, after, CopyPage.RowsFirst, stop);
        while (page.Count > 0)
        {
            var next = store.ReadAsync(table, page.LastKey, page.NextLimit, stop);
            try
            {
                yield return page;
            }
            finally
            {
                // Whatever became of it: a store reads one page at a time, and is not closed while it does.
                await next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None,
                    TaskScheduler.Default);
            }
            page = await next;
        }
    }
}

/// <param name="Tables">In the order of <see cref="CopyTables.All"/>.</param>
/// <param name="Done">Rows that are in the target already.</param>
public sealed record CopyPlan(IReadOnlyList<CopyCount> Tables, long Done);

public readonly record struct CopyCount(string Name, long Rows);

/// <summary>How far a copy is.</summary>
/// <param name="IsCheck">Rows are read again and compared; before that they are copied.</param>
/// <param name="Done">Rows of all tables.</param>
public readonly record struct CopyStep(bool IsCheck, string Table, long Done, long Total);

/// <param name="Tables">In the order of <see cref="CopyTables.All"/>.</param>
/// <param name="Before">Rows that earlier runs had copied.</param>
public sealed record CopyResult(IReadOnlyList<CopiedTable> Tables, long Before);

/// <param name="Hash">Of its rows, the same at both ends.</param>
public readonly record struct CopiedTable(string Name, long Rows, string Hash);
