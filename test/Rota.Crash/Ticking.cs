using System.Globalization;
using Rota.Sqlite;
using Rota.Storage;

namespace Rota.Crash;

/// <summary>A tick of the scheduler that does not outlive its n-th statement, or its end.</summary>
internal static class Ticking
{
    /// <param name="arguments">The tick, the schedule, and the number of the statement that it dies at, the first one
    /// being 1.</param>
    public static async Task RunAsync(string path, string[] arguments)
    {
        KillPoint.Prepare();
        var database = new SqliteDatabase(path, new StoreSignals());
        KillPoint.Arm(int.Parse(arguments[2], CultureInfo.InvariantCulture));
        await ScheduleTick.RunAsync(arguments[0], new SqliteSchedules(database.Writer, database.Readers), arguments[1],
            CancellationToken.None);
        await Say.LineAsync($"done {KillPoint.Disarm()}");
        KillPoint.Kill();
    }
}
