using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Rota.Schedules;

/// <summary>Puts the schedules that this program declares, before the scheduler starts.</summary>
/// <remarks>Several nodes of a program may do so at once: who comes second changes nothing. A schedule that is defined
/// elsewhere stays as it is and is told as an error, but stops no start: somebody may have taken it over in
/// need.</remarks>
internal sealed class CodeSchedules(IEnumerable<ScheduleDefinition> declared, RotaOptions options,
    ScheduleSetOperations sets, ILogger<CodeSchedules> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var owner = OwnerOf(options.Name);
        var set = new ScheduleSet(owner, [.. declared], options.RemovesUndeclaredSchedules);
        var plan = await sets.PlanAsync(set, cancellationToken);
        await sets.WriteAsync(owner, plan, actor: owner, cancellationToken);
        foreach (var change in plan.Changes.Where(change => change.Action != SetAction.Unchanged))
        {
            if (change.Error is { } error)
                log.DefinedElsewhere(change.Name, owner, error.Message);
            else
                log.Declared(change.Name, change.Action, owner);
        }
        foreach (var name in plan.Undeclared)
            log.Undeclared(name, owner, nameof(RotaOptions.RemovesUndeclaredSchedules));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string OwnerOf(string? name) =>
        NameRule.Fit($"code:{name ?? Assembly.GetEntryAssembly()?.GetName().Name ?? "program"}");
}
