<?php

// Pushes the examples from PHP: php php/push.php [host [port]]. The service must run with the same Redis:
// MPQ_DRIVER_URL=redis://127.0.0.1:6379 mpq worker:start

require_once __DIR__ . '/Mpq.php';

$redis = new Redis();
$redis->connect($argv[1] ?? '127.0.0.1', (int) ($argv[2] ?? 6379));
$mpq = new Mpq($redis);

echo $mpq->push('examples', 'Normal', ['seconds' => 20], 10), "\n";
echo $mpq->push('examples', 'Failing'), "\n";
echo $mpq->push('examples', 'Endless', [], 0, ['timeout' => 2]), "\n";
echo $mpq->push('examples', 'Pressure', ['jobs' => 5000]), "\n";
