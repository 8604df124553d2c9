using System.Text;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>No node leads: what one was killed in, behind any statement of it, another one does, and then all is as if
/// nobody had been killed.</summary>
/// <remarks>Behind a sample of them (<see cref="KillSample"/>), because all of them take half a minute.</remarks>
public sealed class PostgresMaintenanceKillTests : StoreContract
{
    private static readonly Dictionary<string, Func<PostgresTestStore, MaintenanceCase>> Cases = new()
    {
        ["promote"] = store => new PromoteCase(store),
        ["rescue"] = store => new RescueCase(store),
        ["prune"] = store => new PruneCase(store),
        ["fold"] = store => new FoldCase(store),
        ["release"] = store => new ReleaseCase(store),
        ["cancel"] = store => new CancelCase(store),
        ["deliver"] = store => new DeliverCase(store),
        ["drop-events"] = store => new DropEventsCase(store),
        ["audit"] = store => new AuditCase(store),
        ["tokens"] = store => new TokenCase(store),
        ["give-back"] = store => new GiveBackCase(store),
    };

    private PostgresTestStore _store = null!; // set before each test

    protected override async Task<TestStore> OpenAsync() => _store = await PostgresTestStore.OpenAsync();

    public static TheoryData<string> Operations => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task What_a_killed_node_was_at_is_done_by_the_next_one_as_if_nobody_had_been_killed(string operation)
    {
        var of = Cases[operation](_store);
        await RunAsync(of, "first", killAt: 0); // which makes words that all share
        var steps = await RunAsync(of, "whole", killAt: 0);
        var whole = await LedgerAsync(of, "whole");
        Assert.InRange(steps.Count, 2, 50);

        foreach (var killAt in KillSample.Of([.. Enumerable.Range(1, steps.Count)]))
        {
            var name = $"killed-{killAt}";
            var done = await RunAsync(of, name, killAt);
            Assert.Equal(steps.Take(killAt), done);
            Assert.Equal(whole, await LedgerAsync(of, name));
        }
    }

    /// <summary>Does it in a process that is killed there, and again in another one.</summary>
    /// <param name="killAt">0: in one that lives.</param>
    /// <returns>The statements that were sent.</returns>
    private async Task<IReadOnlyList<string>> RunAsync(MaintenanceCase of, string name, int killAt)
    {
        await of.SetUpAsync(name);
        var server = new Uri(_store.Url);
        await using var proxy = new KillProxy(server.Port);
        var url = new UriBuilder(server) { Port = proxy.Port }.Uri.ToString();
        await using var process = await PostgresDatabase.OpenAsync(url, new StoreSignals(), Stop);
        await of.PrepareAsync(process, name);
        proxy.Arm(killAt);
        var error = await Record.ExceptionAsync(() => of.RunAsync(process, name));
        Assert.True(killAt == 0 ? error is null : error is null or RotaException, $"{error}");
        await process.Lease.AbandonAsync();
        await proxy.KillAsync();
        if (killAt > 0)
        {
            await using var another = await PostgresDatabase.OpenAsync(_store.Url, new StoreSignals(), Stop);
            await of.RunAgainAsync(another, process, name);
        }
        return proxy.Steps;
    }

    /// <summary>All that is to be seen, without the ids; and whether the tables agree with each other.</summary>
    private async Task<string> LedgerAsync(MaintenanceCase of, string name)
    {
        var places = await _store.PlacesAsync();
        Assert.All(places.Values, place => Assert.Single(place));
        Assert.Empty(await _store.OrphansAsync());
        Assert.Empty(await _store.MiscountsAsync());

        var text = new StringBuilder(await of.LedgerAsync(name)).Append('\n');
        if (!of.IsSameOfAnother)
            return text.ToString();
        var ids = new List<JobId>();
        foreach (var row in (await Jobs.ListAsync(new JobFilter { Queue = name }, null, 100, Stop)).Reverse())
        {
            var job = await GetAsync(row.Id);
            var attempts = await Store.Attempts.ListAsync(job.Id, Stop);
            ids.Add(job.Id);
            text.Append($"job {job.State} in {string.Join(' ', places[job.Id])}, attempt {job.Attempt} "
                + $"{string.Join(' ', attempts.Select(attempt => attempt.Outcome))}, {job.Blockers} blockers, "
                + $"{(job.IsCancelRequested ? "to be canceled" : job.Reason)}\n");
        }
        foreach (var one in (await Store.Events.ListAsync(new EventFilter(Source: name), null, 100, Stop)).Reverse())
            text.Append($"event {one.Type} {(one.JobId is { } id ? ids.IndexOf(id) : "")}\n");
        return text.ToString();
    }
}
