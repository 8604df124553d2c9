using Rota.Bench;

try
{
    return await RunAsync(args);
}
catch (WrongUseException wrong)
{
    return wrong.Tell();
}

static async Task<int> RunAsync(string[] args) => args switch
{
    [JobsCommand.Name, ..] => await JobsCommand.RunAsync(BenchOptions.Parse(args)),
    [KillCommand.Name, ..] => await KillCommand.RunAsync(BenchOptions.Parse(args)),
    [KillChild.Name, var folder, var url, var producers] => await KillChild.RunAsync(folder, url, int.Parse(producers)),
    [FaultsCommand.Name, ..] => await FaultsCommand.RunAsync(BenchOptions.Parse(args)),
    [FaultWorker.Name, var folder, var url, var node] => await FaultWorker.RunAsync(folder, url, node),
    [ScaleCommand.Name, ..] => await ScaleCommand.RunAsync(BenchOptions.Parse(args)),
    [ConsoleCommand.Name, ..] => await ConsoleCommand.RunAsync(BenchOptions.Parse(args)),
    [SupervisorCommand.Name, ..] => await SupervisorCommand.RunAsync(BenchOptions.Parse(args)),
    [SchedulesCommand.Name, ..] => await SchedulesCommand.RunAsync(BenchOptions.Parse(args)),
    [HaCommand.Name, ..] => await HaCommand.RunAsync(BenchOptions.Parse(args)),
    [HaChild.Name, var folder, var url, var producers] => await HaChild.RunAsync(folder, url, int.Parse(producers)),
    [PeersCommand.Name, ..] => await PeersCommand.RunAsync(BenchOptions.Parse(args)),
    [RotaDriver.Name, var command, var count, var url] => await RotaDriver.RunAsync(command, int.Parse(count), url),
    _ => BenchOptions.Usage(),
};
