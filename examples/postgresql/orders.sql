SELECT o.number, o.branch, o.total, o.created_at, o.updated_at,
       c.id AS customer_id, c.mail, c.first_name,
       i.sku, i.name, i.quantity, i.price
FROM orders o
JOIN customers c ON c.id = o.customer_id
JOIN items i ON i.order_number = o.number
WHERE o.updated_at < now() - interval '1 second'
