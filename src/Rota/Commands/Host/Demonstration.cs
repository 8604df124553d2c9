using Microsoft.Extensions.DependencyInjection;
using Rota.Schedules;

namespace Rota.Commands;

/// <summary>The example that `rota up` makes in a database without schedules.</summary>
internal static class Demonstration
{
    public const string Name = "example.hello";
    private const string HandlerPath = "extensions.example.job:ExampleJob";

    /// <returns>False when there were schedules already.</returns>
    public static async Task<bool> MakeAsync(IServiceProvider services, CancellationToken stop)
    {
        var schedules = services.GetRequiredService<ScheduleOperations>();
        if ((await schedules.ListAsync(tag: null, after: null, limit: 1, stop)).Count > 0)
            return false;
        await schedules.PutAsync(new ScheduleDefinition
        {
            Name = Name,
            Trigger = TriggerJson.Read("""{"cron":"* * * * *"}"""),
            Kind = HandlerPath,
            Args = """{"name":"Mars"}"""u8.ToArray(),
            Secrets = new Dictionary<string, string> { ["token"] = "demo-token" },
        }, actor: "rota up", stop);
        await schedules.RunAsync(Name, stop);
        return true;
    }
}
