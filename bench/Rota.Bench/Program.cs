using Rota.Bench;

return args switch
{
    [JobsCommand.Name, ..] => await JobsCommand.RunAsync(BenchOptions.Parse(args)),
    [KillCommand.Name, ..] => await KillCommand.RunAsync(BenchOptions.Parse(args)),
    [KillChild.Name, var folder, var producers] => await KillChild.RunAsync(folder, int.Parse(producers)),
    _ => BenchOptions.Usage(),
};
