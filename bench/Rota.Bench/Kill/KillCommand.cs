using System.Diagnostics;

namespace Rota.Bench;

/// <summary>Kills a working process at random moments, starts it again, and in the end accounts for every
/// job.</summary>
internal static class KillCommand
{
    public const string Name = "kill";
    private const int Producers = 8, StartKillEvery = 5;
    private const int MomentMsMax = 400, PostgresMomentMsMax = 2_000, StartMsMax = 300;
    private static readonly TimeSpan RestLimit = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(BenchOptions options)
    {
        await using var stores = await BenchStores.StartAsync(options);
        await using var store = await stores.NewAsync();
        var seed = Environment.TickCount;
        Progress.Say($"killing {options.Rounds} times, seed {seed}");
        var random = new Random(seed);
        for (var round = 1; round <= options.Rounds; round++)
        {
            await KillOnceAsync(store, round, random);
            if (round % 20 == 0)
                Progress.Say($"  {round} kills");
        }
        await WorkOffAsync(store);
        var account = await JobAccount.OfAsync(store.Folder, store.Url);
        Console.Out.WriteLine(options.IsJson ? BenchJson.Of(new { Kills = options.Rounds, Account = account })
            : $"{options.Rounds} kills with signal 9\n{account.ToTable()}");
        return account.IsClean ? 0 : 1;
    }

    // Most kills meet the process at work; each fifth meets it while it starts and takes back what the last one held.
    private static async Task KillOnceAsync(BenchStore store, int round, Random random)
    {
        using var child = ChildProcess.Start(KillChild.Name, store.Folder, store.Url, $"{Producers}");
        if (round % StartKillEvery != 0)
            await child.StandardOutput.ReadLineAsync();
        // Over PostgreSQL the first jobs take longer: there are connections and words to be made.
        var moment = store.Url.StartsWith("postgres", StringComparison.Ordinal) ? PostgresMomentMsMax : MomentMsMax;
        await Task.Delay(random.Next(round % StartKillEvery == 0 ? StartMsMax : moment));
        if (child.HasExited)
            throw new InvalidOperationException($"The child ended by itself with {child.ExitCode} in round {round}.");
        await EndAsync(child);
    }

    private static async Task WorkOffAsync(BenchStore store)
    {
        using var child = ChildProcess.Start(KillChild.Name, store.Folder, store.Url, "0");
        using var limit = new CancellationTokenSource(RestLimit);
        try
        {
            await child.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(child); // what it left open is counted
        }
    }

    private static async Task EndAsync(Process child)
    {
        child.Kill(); // signal 9
        await child.WaitForExitAsync();
    }
}
