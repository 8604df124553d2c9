using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rota;
using Rota.Crash;

// Rota.Crash <folder> work      runs the jobs of the database in the folder until it is killed
// Rota.Crash <folder> enqueue   enqueues jobs as fast as it can and says the id of each that was acknowledged
// Rota.Crash <folder> tick <tick> <schedule> <n>
//                               does a tick, is killed at its n-th statement or its end, and says if it got there
if (args[1] == "tick")
{
    await Ticking.RunAsync(Path.Combine(args[0], "rota.db"), args[2..]);
    return;
}
var builder = Host.CreateEmptyApplicationBuilder(settings: null);
builder.Services.AddRota(options =>
{
    options.UseSqlite(Path.Combine(args[0], "rota.db"));
    options.KeyPath = Path.Combine(args[0], "fernet.key");
    options.Workers.IsEnabled = args[1] == "work";
}).AddHandler<CrashHandler>();
using var host = builder.Build();
await host.StartAsync();
await Say.LineAsync("ready");
if (args[1] == "enqueue")
{
    var jobs = host.Services.GetRequiredService<IJobClient>();
    await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
    {
        while (true)
            await Say.LineAsync($"acknowledged {(await jobs.EnqueueAsync(new CrashJob("end"))).Id}");
    }));
}
await host.WaitForShutdownAsync();
